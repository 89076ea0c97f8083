//! Reporting an error on the serial line and in the log.

use crate::uart::Uart;
use core::fmt::{Arguments, Write};
use defmt::Display2Format;

/// Sends `message`, one line without its end, over the serial line and to the log.
pub fn report_error(message: Arguments) {
    let mut uart = Uart::open();
    // The serial line is infallible.
    let _ = uart.write_fmt(message);
    uart.write_bytes(b"\n");
    defmt::error!("{}", Display2Format(&message));
}
