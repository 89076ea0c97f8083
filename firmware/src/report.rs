//! One line of bad news, told where a person looks: on the serial line and in the log.

use crate::uart::Uart;
use core::fmt::{Arguments, Write};
use defmt::Display2Format;

/// Tells `news`, which should be one line without its end, on the serial line and in the log.
pub fn report(news: Arguments) {
    let mut uart = Uart::open();
    // The serial line never refuses.
    let _ = uart.write_fmt(news);
    uart.write_bytes(b"\n");
    defmt::error!("{}", Display2Format(&news));
}
