//! BBC micro:bit V1: a Nordic nRF51822, a Cortex-M0. Its serial line goes through the interface chip's USB.

use crate::peripheral::{NrfUart, Register};

/// The board's name, as in its cargo feature.
pub const NAME: &str = "microbit";

// SAFETY: the nRF51822 has its UART here.
pub(super) const UART: NrfUart = unsafe { NrfUart::at(0x4000_2000) };

/// The pins that the micro:bit's schematic connects to the interface chip.
const TX_PIN: u32 = 24;
const RX_PIN: u32 = 25;

// SAFETY: these are registers of the nRF51822's CLOCK (manual, chapter 12) and GPIO (chapter 14).
const CRYSTAL_START: Register = unsafe { Register::at(0x4000_0000) };
const CRYSTAL_STARTED: Register = unsafe { Register::at(0x4000_0100) };
const PINS_SET: Register = unsafe { Register::at(0x5000_0508) };
const PINS_ARE_OUTPUTS: Register = unsafe { Register::at(0x5000_0518) };
const RX_PIN_CONFIG: Register = unsafe { Register::at(0x5000_0700 + 4 * RX_PIN as usize) };

/// An input with its buffer connected and a pull-up, so that an open line is silent.
const INPUT_PULLED_UP: u32 = 3 << 2;

/// Prepares the serial line. Calling it again does no harm.
pub fn init() {
    // The oscillator that runs after reset is too coarse for a serial line.
    CRYSTAL_START.write(1);
    while CRYSTAL_STARTED.read() == 0 {}
    // High is the line's rest, also while the UART does not hold the pin.
    PINS_SET.write(1 << TX_PIN);
    PINS_ARE_OUTPUTS.write(1 << TX_PIN);
    RX_PIN_CONFIG.write(INPUT_PULLED_UP);
    UART.start(TX_PIN, RX_PIN);
}
