//! How a program ends: with a status, given to QEMU.

use crate::stack;

/// The statuses a program of this crate can end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All was done.
    Done = 0,
    /// The command line was refused.
    BadArguments = 2,
    /// The model in flash is damaged or of another kind; it was not run.
    BadModel = 3,
    /// Instructions cannot be counted here.
    NoCount = 4,
    /// A kernel computes something else than it should.
    WrongSum = 5,
    /// The board has no display.
    NoDisplay = 6,
    /// A panic, with the status that hosted Rust programs give.
    Panic = 101,
    /// A processor fault.
    HardFault = 102,
}

/// Tells how much stack was used at most, and ends the program with `status`.
pub fn finish(status: Status) -> ! {
    defmt::info!("stack: {=usize} bytes", stack::deepest());
    exit(status)
}

/// Ends the program with `status`, by semihosting's SYS_EXIT_EXTENDED.
#[cfg(not(feature = "probe"))]
pub fn exit(status: Status) -> ! {
    semihosting::process::exit(status as i32)
}

/// Stops. Semihosting would be a fault where no debugger waits for it; so the status goes to the log, and the core goes
/// round, which lets a debugger read the log to its end.
#[cfg(feature = "probe")]
pub fn exit(status: Status) -> ! {
    defmt::info!("the program ended with status {=i32}", status as i32);
    loop {
        core::hint::spin_loop();
    }
}
