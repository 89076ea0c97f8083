//! UARTE 0 of an nRF52833 or nRF52840, with the crystal that it needs, through the chip's HAL.

use super::Uart;
use cortex_m::singleton;
use embedded_io::{Read, ReadReady, Write};
#[cfg(feature = "microbit-v2")]
use nrf52833_hal as hal;
#[cfg(feature = "nrf52840-dk")]
use nrf52840_hal as hal;

use hal::Clocks;
use hal::gpio::{Floating, Input, Output, Pin, PushPull};
use hal::pac::{CLOCK, UARTE0};
use hal::uarte::{Baudrate, Parity, Pins, Uarte, UarteRx, UarteTx};

/// UARTE 0.
pub struct NrfUarte {
    tx: UarteTx<UARTE0>,
    rx: UarteRx<UARTE0>,
}

impl NrfUarte {
    /// Sends on pin `txd` and receives on pin `rxd`, at [`BAUD`](super::BAUD).
    ///
    /// # Panics
    /// In a second call.
    pub fn start(clock: CLOCK, uarte: UARTE0, txd: Pin<Output<PushPull>>, rxd: Pin<Input<Floating>>) -> Self {
        // The RC oscillator, with which the chip starts, is too inaccurate for a serial line. The crystal stays on.
        let _ = Clocks::new(clock).enable_ext_hfosc();
        let pins = Pins { rxd, txd, cts: None, rts: None };
        let uarte = Uarte::new(uarte, pins, Parity::EXCLUDED, Baudrate::BAUD115200);
        let sent = singleton!(: [u8; 1] = [0]).expect("it is started once");
        let received = singleton!(: [u8; 1] = [0]).expect("it is started once");
        let Ok((tx, rx)) = uarte.split(sent, received) else { panic!("a byte is a buffer") };
        Self { tx, rx }
    }
}

impl Uart for NrfUarte {
    fn write_byte(&mut self, byte: u8) {
        // It fails only after a stop, which nobody asks for.
        let _ = self.tx.write(&[byte]);
    }

    fn read_byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        // A byte that was damaged on the wire is lost, like one that never came.
        (self.rx.read_ready().ok()? && self.rx.read(&mut byte).ok()? == 1).then_some(byte[0])
    }
}
