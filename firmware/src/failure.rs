//! What a panic or a processor fault does: say it in one line, then end with its status.

use crate::exit::{Status, exit};
use crate::report::report;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};
use cortex_m_rt::{ExceptionFrame, exception};

/// Whether a failure is being told already. One that happens meanwhile ends the program at once.
static TELLING: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    match info.location() {
        Some(place) => fail(Status::Panic, format_args!("panic at {place}: {}", info.message())),
        None => fail(Status::Panic, format_args!("panic: {}", info.message())),
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
