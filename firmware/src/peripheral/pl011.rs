//! Arm's PrimeCell UART, PL011 (Arm DDI 0183), which the Stellaris and RP2350 parts contain.

use super::{BAUD, Block, Register};

/// A PL011.
#[derive(Clone, Copy, Debug)]
pub struct Pl011 {
    data: Register,
    flags: Register,
    whole_divider: Register,
    fraction_divider: Register,
    line_control: Register,
    control: Register,
}

const FLAG_RX_EMPTY: u32 = 1 << 4;
const FLAG_TX_FULL: u32 = 1 << 5;
const FLAG_BUSY: u32 = 1 << 3;
/// 8 data bits, no parity, one stop bit, FIFOs enabled.
const EIGHT_BITS_QUEUED: u32 = 0x70;
/// UART, transmitter and receiver on.
const ALL_ON: u32 = 0x301;

impl Pl011 {
    /// The UART whose registers are in `block`.
    pub const fn of(block: Block) -> Self {
        Self {
            data: block.register(0x00),
            flags: block.register(0x18),
            whole_divider: block.register(0x24),
            fraction_divider: block.register(0x28),
            line_control: block.register(0x2c),
            control: block.register(0x30),
        }
    }

    /// Enables both directions, at a clock of `clock` Hz. May be called again.
    pub fn start(self, clock: u32) {
        while self.flags.has(FLAG_BUSY) {}
        self.control.write(0);
        // In 64ths of 16 clocks a bit, rounded.
        let divider = (clock * 4 + BAUD / 2) / BAUD;
        self.whole_divider.write(divider >> 6);
        self.fraction_divider.write(divider & 0x3f);
        // Writing it applies the dividers.
        self.line_control.write(EIGHT_BITS_QUEUED);
        self.control.write(ALL_ON);
    }

    /// Sends one byte, waiting while the FIFO is full.
    pub fn write_byte(self, byte: u8) {
        while self.flags.has(FLAG_TX_FULL) {}
        self.data.write(u32::from(byte));
    }

    /// The next received byte, if there is one.
    pub fn read_byte(self) -> Option<u8> {
        (!self.flags.has(FLAG_RX_EMPTY)).then(|| self.data.read() as u8)
    }
}
