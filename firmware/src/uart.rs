//! Writing bytes and text to the board's serial line.

use crate::board;
use core::fmt;

/// The serial line. It has no state beside the hardware's, so a panic handler may open it again.
pub struct Uart(());

impl Uart {
    /// Prepares the hardware.
    pub fn open() -> Self {
        board::init();
        Self(())
    }

    /// Sends bytes as they are.
    pub fn write_bytes(&mut self, bytes: &[u8]) {
        bytes.iter().copied().for_each(board::write_byte);
    }
}

impl fmt::Write for Uart {
    /// Infallible.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_bytes(text.as_bytes());
        Ok(())
    }
}
