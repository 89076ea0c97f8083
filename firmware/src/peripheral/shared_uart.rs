//! A UART whose driver comes from a chip's HAL and has state, shared by the whole program.

use core::cell::RefCell;
use cortex_m::interrupt::{self, Mutex};

/// A UART's driver.
pub trait Uart {
    /// Sends one byte, and waits while the transmitter is full.
    fn write_byte(&mut self, byte: u8);

    /// The next received byte, if there is one.
    fn read_byte(&mut self) -> Option<u8>;
}

/// A UART, once the board has put it in.
pub struct SharedUart<U>(Mutex<RefCell<Option<U>>>);

impl<U: Uart> SharedUart<U> {
    /// A line on which nothing is sent or received until [`start`](Self::start).
    #[allow(clippy::new_without_default, reason = "for statics, which need a const function")]
    pub const fn new() -> Self {
        Self(Mutex::new(RefCell::new(None)))
    }

    /// Begins to use the UART.
    pub fn start(&self, uart: U) {
        interrupt::free(|section| self.0.borrow(section).replace(Some(uart)));
    }

    /// Sends one byte, and waits while the transmitter is full.
    pub fn write_byte(&self, byte: u8) {
        self.with(|uart| uart.write_byte(byte));
    }

    /// The next received byte, if there is one.
    pub fn read_byte(&self) -> Option<u8> {
        self.with(Uart::read_byte).flatten()
    }

    /// Calls `work` with the UART, without interrupts. None before the start, and in a failure while it is in use.
    fn with<T>(&self, work: impl FnOnce(&mut U) -> T) -> Option<T> {
        interrupt::free(|section| self.0.borrow(section).try_borrow_mut().ok()?.as_mut().map(work))
    }
}
