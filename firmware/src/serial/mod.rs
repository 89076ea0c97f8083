//! The serial line of a board that has both a UART and USB.
//!
//! Bytes are received from both. What is sent goes to USB while a program of the host has that port open, and otherwise to
//! the UART; also to the UART if the last byte came from there. Nobody who does not listen stops a program: the UART always
//! sends, a closed USB port drops, and one that is open but not read is waited for only for a moment.
//!
//! There is no interrupt: USB gets its time whenever a byte is written or asked for, so a program does so at least ten times
//! a second. A USB controller's interrupt stays raised while a packet is not read, and would stop a program that is slower
//! than its host.

mod usb;

use crate::peripheral::Uart;
use crate::shared::Shared;
pub use usb::{Sent, UsbSerial};
use usb_device::bus::UsbBus;

/// How often to offer a byte to a host that has the port open but does not read: for some tenths of a
/// second.
const ATTEMPTS: u32 = 100_000;

/// Both lines, once the board has put them in.
pub struct SerialLine<B: UsbBus + 'static, U>(Shared<Lines<B, U>>);

struct Lines<B: UsbBus + 'static, U> {
    uart: U,
    usb: UsbSerial<B>,
    /// Whether the last byte was received by the UART.
    uart_is_used: bool,
    /// Whether the host had [`ATTEMPTS`] times no room for a byte, and has read nothing since.
    host_is_stuck: bool,
}

impl<B: UsbBus, U: Uart> SerialLine<B, U> {
    /// A line on which nothing is sent or received until [`start`](Self::start).
    #[allow(clippy::new_without_default, reason = "for statics, which need a const function")]
    pub const fn new() -> Self {
        Self(Shared::new())
    }

    /// Begins to use the two lines.
    pub fn start(&self, uart: U, usb: UsbSerial<B>) {
        self.0.put(Lines { uart, usb, uart_is_used: false, host_is_stuck: false });
    }

    /// Waits for some milliseconds, of so many `cycles` each, in which USB goes on.
    pub fn wait(&self, milliseconds: u32, cycles: u32) {
        for _ in 0..milliseconds {
            cortex_m::asm::delay(cycles);
            self.0.with(|lines| lines.usb.poll());
        }
    }

    /// Sends one byte.
    pub fn write_byte(&self, byte: u8) {
        for _ in 0..ATTEMPTS {
            match self.0.with(|lines| lines.try_write(byte)) {
                Some(Sent::Full) => {}
                _ => return,
            }
        }
        self.0.with(|lines| lines.host_is_stuck = true);
    }

    /// The next received byte, if there is one.
    pub fn read_byte(&self) -> Option<u8> {
        self.0.with(Lines::read_byte).flatten()
    }
}

impl<B: UsbBus, U: Uart> Lines<B, U> {
    fn try_write(&mut self, byte: u8) -> Sent {
        if self.uart_is_used || !self.usb.is_open() {
            self.host_is_stuck = false;
            self.uart.write_byte(byte);
            return Sent::Done;
        }
        let sent = self.usb.try_write(byte);
        if sent == Sent::Done {
            self.host_is_stuck = false;
        }
        // A stuck host gets one chance for each byte.
        if self.host_is_stuck { Sent::Done } else { sent }
    }

    fn read_byte(&mut self) -> Option<u8> {
        let byte = self.usb.read_byte();
        if byte.is_some() {
            self.uart_is_used = false;
            return byte;
        }
        let byte = self.uart.read_byte();
        self.uart_is_used |= byte.is_some();
        byte
    }
}
