//! Arm MPS2 with FPGA image AN505: a Cortex-M33, in its secure state (Arm DAI 0505).

use crate::peripheral::{Block, CmsdkUart};

/// The board's name, as in its cargo feature.
pub const NAME: &str = "mps2-an505";

// SAFETY: the board's UART 0 is there.
pub(super) const UART: CmsdkUart = CmsdkUart::of(unsafe { Block::at(0x5020_0000) });

/// The peripheral clock, in Hz.
const CLOCK: u32 = 20_000_000;

/// Prepares the serial line. Calling it again does no harm.
pub fn init() {
    UART.start(CLOCK);
}
