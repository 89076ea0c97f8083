//! The UART of Nordic's nRF51 (nRF51 Series Reference Manual 3.0, chapter 29), which the nRF52 have kept.

use super::Register;

/// A UART of an nRF51 or nRF52.
#[derive(Clone, Copy, Debug)]
pub struct NrfUart {
    base: usize,
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

impl NrfUart {
    /// The UART whose registers begin at `base`.
    ///
    /// # Safety
    /// This board has such a UART there.
    pub const unsafe fn at(base: usize) -> Self {
        Self { base }
    }

    fn register(self, offset: usize) -> Register {
        // SAFETY: `at` was promised a UART at the base, and the offsets are those of its registers.
        unsafe { Register::at(self.base + offset) }
    }

    /// Lets bytes go out on pin `tx` of the chip and come in on pin `rx`. Doing it again does no harm.
    pub fn start(self, tx: u32, rx: u32) {
        // Pins and speed may change only while it is off.
        self.register(ENABLE).write(0);
        for (offset, value) in [
            (SELECT_TX, tx),
            (SELECT_RX, rx),
            (SELECT_RTS, NO_PIN),
            (SELECT_CTS, NO_PIN),
            (BAUD_RATE, BAUD_115200),
            (CONFIG, PLAIN),
            (ENABLE, ENABLED),
            (START_TX, 1),
            (START_RX, 1),
        ] {
            self.register(offset).write(value);
        }
    }

    /// Sends one byte and waits until the next may follow.
    pub fn write_byte(self, byte: u8) {
        let ready = self.register(TX_READY);
        ready.write(0);
        self.register(TX_DATA).write(u32::from(byte));
        while ready.read() == 0 {}
    }

    /// The byte that came in, if one did. Six wait in the UART while nobody asks.
    pub fn read_byte(self) -> Option<u8> {
        let ready = self.register(RX_READY);
        if ready.read() == 0 {
            return None;
        }
        // Before the byte is taken, as taking it raises the event for the next one.
        ready.write(0);
        Some(self.register(RX_DATA).read() as u8)
    }
}
