//! BBC micro:bit V1: a Nordic nRF51822, a Cortex-M0. Its serial line goes through the interface chip's USB.

use crate::peripheral::{Block, NrfUart};

// SAFETY: the nRF51822 has its UART here.
pub(super) const UART: NrfUart = unsafe { NrfUart::of(Block::at(0x4000_2000)) };

/// The pins that the board's schematic connects to the interface chip.
const TX_PIN: u8 = 24;
const RX_PIN: u8 = 25;

/// Prepares the serial line. May be called again.
pub fn init() {
    UART.start(TX_PIN, RX_PIN);
}
