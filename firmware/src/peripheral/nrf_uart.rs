//! The UART of Nordic's nRF51 and nRF52, with the crystal and the pins that it needs.
//!
//! Registers are those of the nRF51 Series Reference Manual 3.0: UART (chapter 29), CLOCK (12), GPIO (14); the nRF52840
//! has the same at the same addresses (its pins 0 to 31 are port 0).

use super::{Block, Register};

/// A UART of an nRF51 or nRF52.
#[derive(Clone, Copy, Debug)]
pub struct NrfUart {
    block: Block,
}

// Offsets of the registers.
const START_RX: usize = 0x000;
const START_TX: usize = 0x008;
const RX_READY: usize = 0x108;
const TX_READY: usize = 0x11c;
const ENABLE: usize = 0x500;
const SELECT_RTS: usize = 0x508;
const SELECT_TX: usize = 0x50c;
const SELECT_CTS: usize = 0x510;
const SELECT_RX: usize = 0x514;
const RX_DATA: usize = 0x518;
const TX_DATA: usize = 0x51c;
const BAUD_RATE: usize = 0x524;
const CONFIG: usize = 0x56c;

const ENABLED: u32 = 4;
const NO_PIN: u32 = u32::MAX;
/// 115,200 baud (`super::BAUD`), as the manual's table encodes it for the 16 MHz of the crystal.
const BAUD_115200: u32 = 0x01d7_e000;
/// No flow control, no parity.
const PLAIN: u32 = 0;

// SAFETY: the nRF51 and nRF52 have their CLOCK here.
const CLOCK: Block = unsafe { Block::at(0x4000_0000) };
// SAFETY: and the registers of GPIO port 0 here.
const PORT_0: Block = unsafe { Block::at(0x5000_0000) };
const CRYSTAL_START: Register = CLOCK.register(0x000);
const CRYSTAL_STARTED: Register = CLOCK.register(0x100);
const PINS_SET: Register = PORT_0.register(0x508);
const PINS_ARE_OUTPUTS: Register = PORT_0.register(0x518);
const PIN_CONFIG: usize = 0x700;
/// An input with its buffer connected and a pull-up, which keeps an open line idle.
const INPUT_PULLED_UP: u32 = 3 << 2;

impl NrfUart {
    /// The UART whose registers are in `block`.
    ///
    /// # Safety
    /// This board's chip is an nRF51 or nRF52.
    pub const unsafe fn of(block: Block) -> Self {
        Self { block }
    }

    #[inline(always)]
    fn register(self, offset: usize) -> Register {
        self.block.register(offset)
    }

    /// Sends on pin `tx` of port 0 and receives on pin `rx`. May be called again.
    pub fn start(self, tx: u8, rx: u8) {
        start_crystal();
        prepare_pins(tx, rx);
        // Pins and speed may change only while it is off.
        self.register(ENABLE).write(0);
        self.register(SELECT_TX).write(u32::from(tx));
        self.register(SELECT_RX).write(u32::from(rx));
        self.register(SELECT_RTS).write(NO_PIN);
        self.register(SELECT_CTS).write(NO_PIN);
        self.register(BAUD_RATE).write(BAUD_115200);
        self.register(CONFIG).write(PLAIN);
        self.register(ENABLE).write(ENABLED);
        self.register(START_TX).write(1);
        self.register(START_RX).write(1);
    }

    /// Sends one byte and waits until the next can be sent.
    pub fn write_byte(self, byte: u8) {
        let ready = self.register(TX_READY);
        ready.write(0);
        self.register(TX_DATA).write(u32::from(byte));
        while ready.read() == 0 {}
    }

    /// The next received byte, if there is one. The UART buffers six.
    pub fn read_byte(self) -> Option<u8> {
        let ready = self.register(RX_READY);
        if ready.read() == 0 {
            return None;
        }
        // Before the byte is read: reading it raises the event for the next one.
        ready.write(0);
        Some(self.register(RX_DATA).read() as u8)
    }
}

/// Starts the crystal oscillator: the RC oscillator is too inaccurate for a serial line.
fn start_crystal() {
    CRYSTAL_START.write(1);
    while CRYSTAL_STARTED.read() == 0 {}
}

/// Configures the pins as a UART needs them while it is off, too: an idle line is high.
fn prepare_pins(tx: u8, rx: u8) {
    PINS_SET.write(1 << (tx & 31));
    PINS_ARE_OUTPUTS.write(1 << (tx & 31));
    PORT_0.register(PIN_CONFIG + 4 * usize::from(rx & 31)).write(INPUT_PULLED_UP);
}
