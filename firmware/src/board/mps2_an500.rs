//! Arm MPS2 with FPGA image AN500: a Cortex-M7 (Arm DAI 0500).

use crate::peripheral::{Block, CmsdkUart};

/// The board's name, as in its cargo feature.
pub const NAME: &str = "mps2-an500";

// SAFETY: the board's UART 0 is there.
pub(super) const UART: CmsdkUart = CmsdkUart::of(unsafe { Block::at(0x4000_4000) });

/// The peripheral clock, in Hz.
const CLOCK: u32 = 25_000_000;

/// Prepares the serial line. Calling it again does no harm.
pub fn init() {
    UART.start(CLOCK);
}
