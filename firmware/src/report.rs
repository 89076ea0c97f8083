//! One line of bad news, told where a person looks: on the serial line and in the log.

use crate::uart::Uart;
use core::fmt::{Arguments, Write};
use heapless::String;

/// The longest line; what does not fit is cut off.
const LONGEST: usize = 240;

/// Tells `news`, which should be one line without its end, on the serial line and in the log.
pub fn report(news: Arguments) {
    let mut line = Line(String::new());
    // The line takes what fits and never refuses.
    let _ = line.write_fmt(news);
    let mut uart = Uart::open();
    uart.write_bytes(line.0.as_bytes());
    uart.write_bytes(b"\n");
    defmt::error!("{=str}", line.0.as_str());
}

/// Text up to [`LONGEST`] bytes. heapless drops a whole piece that does not fit; this keeps its beginning.
struct Line(String<LONGEST>);

impl Write for Line {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for character in text.chars() {
            if self.0.push(character).is_err() {
                break;
            }
        }
        Ok(())
    }
}
