//! Nordic nRF52840 development kit (PCA10056): a Cortex-M4F. Its serial line goes through the interface chip's USB.

use crate::peripheral::{Block, NrfUart};

// SAFETY: the nRF52840 has UART 0 here, beside its UARTE.
pub(super) const UART: NrfUart = unsafe { NrfUart::of(Block::at(0x4000_2000)) };

/// The pins that the board's schematic connects to the interface chip.
const TX_PIN: u8 = 6;
const RX_PIN: u8 = 8;

/// Prepares the serial line. May be called again.
pub fn init() {
    UART.start(TX_PIN, RX_PIN);
}
