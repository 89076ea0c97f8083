//! How a program ends: with a status, given to the debugger or QEMU.

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
    /// A panic, with the status that hosted Rust programs give.
    Panic = 101,
    /// A processor fault.
    HardFault = 102,
}

/// Ends the program with `status` by semihosting's SYS_EXIT_EXTENDED.
pub fn exit(status: Status) -> ! {
    semihosting::process::exit(status as i32)
}
