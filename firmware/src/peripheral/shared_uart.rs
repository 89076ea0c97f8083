//! A UART whose driver comes from a chip's HAL and has state, shared by the whole program.

use crate::shared::Shared;

/// A UART's driver.
pub trait Uart {
    /// Sends one byte, and waits while the transmitter is full.
    fn write_byte(&mut self, byte: u8);

    /// The next received byte, if there is one.
    fn read_byte(&mut self) -> Option<u8>;
}

/// Both, once the board has put a UART in. Before that nothing is sent or received.
impl<U: Uart> Shared<U> {
    /// Sends one byte, and waits while the transmitter is full.
    pub fn write_byte(&self, byte: u8) {
        self.with(|uart| uart.write_byte(byte));
    }

    /// The next received byte, if there is one.
    pub fn read_byte(&self) -> Option<u8> {
        self.with(Uart::read_byte).flatten()
    }
}
