//! Panics and processor faults are reported in one line and end the program with a status.

use crate::exit::{Status, exit};
use crate::report::report_error;
use core::fmt::{self, Display, Formatter};
use core::panic::{Location, PanicInfo};
use core::sync::atomic::{AtomicBool, Ordering};
use cortex_m_rt::{ExceptionFrame, exception};

/// Whether a failure is being reported. Another one meanwhile ends the program at once.
static REPORTING: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    match info.location() {
        Some(location) => fail(Status::Panic, format_args!("panic at {}: {}", Position(location), info.message())),
        None => fail(Status::Panic, format_args!("panic: {}", info.message())),
    }
}

/// Displays a location as its own `Display` does, but without support for padding, for which the code would take flash.
struct Position<'a>(&'a Location<'a>);

impl Display for Position<'_> {
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

fn fail(status: Status, message: core::fmt::Arguments) -> ! {
    // Load and store, as a Cortex-M0 has no swap; nothing that could interrupt between them returns.
    if !REPORTING.load(Ordering::Relaxed) {
        REPORTING.store(true, Ordering::Relaxed);
        report_error(message);
    }
    exit(status)
}
