//! Ending a program with a status, which becomes QEMU's exit status.

use crate::stack;

/// The statuses a program of this crate can end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Success.
    Done = 0,
    /// The command line is invalid.
    BadArguments = 2,
    /// The model in flash is damaged or of another kind.
    BadModel = 3,
    /// Instructions cannot be counted here.
    NoCount = 4,
    /// A kernel's result is wrong.
    WrongResult = 5,
    /// The board has no display.
    NoDisplay = 6,
    /// A panic: the status of hosted Rust programs.
    Panic = 101,
    /// A processor fault.
    HardFault = 102,
}

/// Logs the peak stack usage and ends the program with `status`.
pub fn finish(status: Status) -> ! {
    defmt::info!("stack: {=usize} bytes", stack::deepest());
    exit(status)
}

/// Ends the program with `status`, by semihosting's SYS_EXIT_EXTENDED.
#[cfg(not(feature = "probe"))]
pub fn exit(status: Status) -> ! {
    semihosting::process::exit(status as i32)
}

/// Logs the status and stops. Semihosting would be a fault without a debugger, and a debugger can read the log to its end
/// while the core spins. What is received is dropped; a USB port needs to be asked, to send what is left.
#[cfg(feature = "probe")]
pub fn exit(status: Status) -> ! {
    defmt::info!("the program ended with status {=i32}", status as i32);
    loop {
        let _ = crate::board::read_byte();
    }
}

/// Whether a program that has done its work does more: on a chip, where it would otherwise do nothing, as soon as a byte is
/// received over the serial line; in an emulator never.
pub fn is_asked_for_more() -> bool {
    if cfg!(feature = "probe") {
        crate::board::next_byte();
    }
    cfg!(feature = "probe")
}
