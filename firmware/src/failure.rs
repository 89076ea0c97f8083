//! What a panic or a processor fault does: say it in one line, then end with its status.

use crate::exit::{Status, exit};
use crate::report::report;
use core::fmt::{self, Display, Formatter};
use core::panic::{Location, PanicInfo};
use core::sync::atomic::{AtomicBool, Ordering};
use cortex_m_rt::{ExceptionFrame, exception};

/// Whether a failure is being told already. One that happens meanwhile ends the program at once.
static TELLING: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    match info.location() {
        Some(place) => fail(Status::Panic, format_args!("panic at {}: {}", Place(place), info.message())),
        None => fail(Status::Panic, format_args!("panic: {}", info.message())),
    }
}

/// A place in the source, shown as its own `Display` does, but without that one's padding of text, which takes code that
/// nothing else needs.
struct Place<'a>(&'a Location<'a>);

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str(self.0.file())?;
        write!(f, ":{}:{}", self.0.line(), self.0.column())
    }
}

// SAFETY: the handler touches nothing but the serial line, the log and its own flag, and never returns.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    let (pc, lr) = (frame.pc(), frame.lr());
    fail(Status::HardFault, format_args!("hard fault at pc {pc:#010x}, lr {lr:#010x}"))
}

fn fail(status: Status, news: core::fmt::Arguments) -> ! {
    // Plain load and store, as a Cortex-M0 has no swap; nothing that could interrupt between them returns.
    if !TELLING.load(Ordering::Relaxed) {
        TELLING.store(true, Ordering::Relaxed);
        report(news);
    }
    exit(status)
}
