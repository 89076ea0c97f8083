//! The UART of Arm's FPGA images: CMSDK APB UART (Arm DDI 0479, chapter 4.3).

use super::{BAUD, Block, Register};

/// A CMSDK APB UART.
#[derive(Clone, Copy, Debug)]
pub struct CmsdkUart {
    data: Register,
    state: Register,
    control: Register,
    divider: Register,
}

const STATE_TX_FULL: u32 = 1 << 0;
const STATE_RX_FULL: u32 = 1 << 1;
const CONTROL_TX_ENABLE: u32 = 1 << 0;
const CONTROL_RX_ENABLE: u32 = 1 << 1;
/// The smallest that the UART accepts.
const SMALLEST_DIVIDER: u32 = 16;

impl CmsdkUart {
    /// The UART whose registers are in `block`.
    pub const fn of(block: Block) -> Self {
        Self {
            data: block.register(0x00),
            state: block.register(0x04),
            control: block.register(0x08),
            divider: block.register(0x10),
        }
    }

    /// Enables both directions, at a peripheral clock of `clock` Hz. May be called again.
    pub fn start(self, clock: u32) {
        self.divider.write((clock / BAUD).max(SMALLEST_DIVIDER));
        self.control.write(CONTROL_TX_ENABLE | CONTROL_RX_ENABLE);
    }

    /// Sends one byte, waiting while the transmitter is full.
    pub fn write_byte(self, byte: u8) {
        while self.state.has(STATE_TX_FULL) {}
        self.data.write(u32::from(byte));
    }

    /// The next received byte, if there is one.
    pub fn read_byte(self) -> Option<u8> {
        self.state.has(STATE_RX_FULL).then(|| self.data.read() as u8)
    }
}
