//! Arm's MPS2 and MPS3 with an FPGA image: AN385 (Cortex-M3), AN386 (Cortex-M4F), AN500 (Cortex-M7), AN505 (Cortex-M33)
//! and AN547 (Cortex-M55), the last two in their secure state. Addresses and clocks are those of Arm's application notes
//! DAI 0385, 0386, 0500, 0505 and 0547.

use crate::peripheral::{Block, CmsdkUart};

/// The address of UART 0, and the frequency of the peripheral clock in Hz.
const UART_0: (usize, u32) = if cfg!(feature = "mps2-an505") {
    (0x5020_0000, 20_000_000)
} else if cfg!(feature = "mps3-an547") {
    (0x5930_3000, 25_000_000)
} else {
    (0x4000_4000, 25_000_000)
};

// SAFETY: the board has its UART 0 there.
pub(super) const UART: CmsdkUart = CmsdkUart::of(unsafe { Block::at(UART_0.0) });

/// Prepares the serial line. May be called again.
pub fn init() {
    UART.start(UART_0.1);
}
