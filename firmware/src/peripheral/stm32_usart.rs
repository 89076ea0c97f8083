//! The USART of the STM32F4 (ST RM0090, chapter 30).

use super::{BAUD, Block, Register};

/// A USART of an STM32F4.
#[derive(Clone, Copy, Debug)]
pub struct Stm32Usart {
    status: Register,
    data: Register,
    divider: Register,
    control: Register,
}

const STATUS_RX_FULL: u32 = 1 << 5;
const STATUS_TX_EMPTY: u32 = 1 << 7;
const CONTROL_RX_ENABLE: u32 = 1 << 2;
const CONTROL_TX_ENABLE: u32 = 1 << 3;
const CONTROL_ENABLE: u32 = 1 << 13;

impl Stm32Usart {
    /// The USART whose registers are in `block`.
    pub const fn of(block: Block) -> Self {
        Self {
            status: block.register(0x00),
            data: block.register(0x04),
            divider: block.register(0x08),
            control: block.register(0x0c),
        }
    }

    /// Enables both directions, at a peripheral clock of `clock` Hz. May be called again.
    pub fn start(self, clock: u32) {
        self.divider.write((clock + BAUD / 2) / BAUD);
        self.control.write(CONTROL_ENABLE | CONTROL_TX_ENABLE | CONTROL_RX_ENABLE);
    }

    /// Sends one byte, waiting while the transmitter is full.
    pub fn write_byte(self, byte: u8) {
        while !self.status.has(STATUS_TX_EMPTY) {}
        self.data.write(u32::from(byte));
    }

    /// The next received byte, if there is one. Reading it after the status also clears an overrun.
    pub fn read_byte(self) -> Option<u8> {
        self.status.has(STATUS_RX_FULL).then(|| self.data.read() as u8)
    }
}
