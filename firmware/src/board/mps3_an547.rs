//! Arm MPS3 with FPGA image AN547: a Cortex-M55, in its secure state (Arm DAI 0547).

use crate::peripheral::{Block, CmsdkUart};

/// The board's name, as in its cargo feature.
pub const NAME: &str = "mps3-an547";

// SAFETY: the board's UART 0 is there.
pub(super) const UART: CmsdkUart = CmsdkUart::of(unsafe { Block::at(0x5930_3000) });

/// The peripheral clock, in Hz.
const CLOCK: u32 = 25_000_000;

/// Prepares the serial line. Calling it again does no harm.
pub fn init() {
    UART.start(CLOCK);
}
