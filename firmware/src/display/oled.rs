//! The OLED of the LM3S6965 evaluation board: OSRAM's Pictiva 128x64 with an SSD0323 on SSI 0, in 16 greys.
//!
//! Registers are those of the LM3S6965's data sheet: system control (chapter 5), GPIO (chapter 8), SSI (chapter 13). The
//! wires are those of the board's schematic: PA2 clock, PA3 chip-select, PA5 data, PC7 data or command; PD0 is the
//! chip-select of the SD card on the same wires.

use crate::peripheral::{Block, Register};
use core::convert::Infallible;
use embedded_hal::{
    digital::{self, OutputPin},
    spi::{self, Operation, SpiDevice},
};
use pocketgan_display::{scene::Scene, ssd0323::Ssd0323};

// SAFETY: the LM3S6965 has its system control here.
const SYSTEM: Block = unsafe { Block::at(0x400f_e000) };
// SAFETY: its SSI 0 here.
const SSI: Block = unsafe { Block::at(0x4000_8000) };
// SAFETY: and these three of its GPIO ports here.
const PORT_A: Port = Port(unsafe { Block::at(0x4000_4000) });
// SAFETY: see above.
const PORT_C: Port = Port(unsafe { Block::at(0x4000_6000) });
// SAFETY: see above.
const PORT_D: Port = Port(unsafe { Block::at(0x4000_7000) });

const CLOCK_GATES_1: Register = SYSTEM.register(0x104);
const CLOCK_GATES_2: Register = SYSTEM.register(0x108);
const SSI_CONTROL_0: Register = SSI.register(0x00);
const SSI_CONTROL_1: Register = SSI.register(0x04);
const SSI_DATA: Register = SSI.register(0x08);
const SSI_STATUS: Register = SSI.register(0x0c);
const SSI_PRESCALE: Register = SSI.register(0x10);

const GATE_SSI_0: u32 = 1 << 4;
const GATE_PORTS_A_C_D: u32 = 0b1101;
/// PA2 to PA5; PA4, which receives, is unused.
const SSI_PINS: u32 = 0x3c;
const DATA_PIN: u32 = 1 << 7;
const CARD_SELECT_PIN: u32 = 1 << 0;

const SSI_ENABLE: u32 = 1 << 1;
/// Motorola frames of 8 bits, clock high when idle, bits that change at its rising edge, as in the manufacturer's driver of
/// this panel. The panel samples the bit before it changes.
const SSI_FRAMES: u32 = 1 << 6 | 7;
/// 50 MHz / 14 = 3.6 MHz; the SSD0323 takes 4.
const SSI_DIVIDER: u32 = 14;
const SSI_HAS_RECEIVED: u32 = 1 << 2;

/// At 50 MHz.
const NS_PER_CYCLE: u32 = 20;

/// The panel with digits on it.
pub type Display = Scene<Ssd0323<Ssi0, DataPin>>;

/// Whether the board has a display.
pub const EXISTS: bool = true;

/// Initialises the panel and clears it to black. May be called again.
pub fn open() -> Option<Display> {
    let Ok(panel) = Ssd0323::new(Ssi0::open(), DataPin::open());
    Scene::new(panel).ok()
}

/// Waits for some milliseconds.
pub fn wait(milliseconds: u32) {
    cortex_m::asm::delay(milliseconds.saturating_mul(1_000_000 / NS_PER_CYCLE));
}

/// SSI 0, with the panel connected to it.
#[derive(Debug)]
pub struct Ssi0(());

impl Ssi0 {
    fn open() -> Self {
        CLOCK_GATES_1.change(GATE_SSI_0, GATE_SSI_0);
        CLOCK_GATES_2.change(GATE_PORTS_A_C_D, GATE_PORTS_A_C_D);
        // A peripheral can be accessed three clocks after its gate opens; reading back takes that long.
        let _ = CLOCK_GATES_2.read();
        for register in [Port::ALTERNATE, Port::STRONG, Port::PULL_UP, Port::DIGITAL] {
            PORT_A.register(register).change(SSI_PINS, SSI_PINS);
        }
        PORT_D.make_output(CARD_SELECT_PIN);
        // High: the SD card is not selected.
        PORT_D.pins(CARD_SELECT_PIN).write(CARD_SELECT_PIN);
        SSI_CONTROL_1.write(0);
        SSI_PRESCALE.write(SSI_DIVIDER);
        SSI_CONTROL_0.write(SSI_FRAMES);
        SSI_CONTROL_1.write(SSI_ENABLE);
        Self(())
    }

    /// Sends a byte and returns the byte received meanwhile.
    fn exchange(&mut self, byte: u8) -> u8 {
        SSI_DATA.write(u32::from(byte));
        while !SSI_STATUS.has(SSI_HAS_RECEIVED) {}
        SSI_DATA.read() as u8
    }

    fn perform(&mut self, operation: &mut Operation<u8>) {
        match operation {
            Operation::Write(bytes) => bytes.iter().for_each(|&byte| _ = self.exchange(byte)),
            Operation::Read(bytes) => bytes.iter_mut().for_each(|byte| *byte = self.exchange(0)),
            Operation::TransferInPlace(bytes) => bytes.iter_mut().for_each(|byte| *byte = self.exchange(*byte)),
            Operation::Transfer(read, write) => self.transfer(read, write),
            Operation::DelayNs(time) => cortex_m::asm::delay(time.div_ceil(NS_PER_CYCLE)),
        }
    }

    /// Sends and receives at the same time: zeros after the end of `write`, and bytes after the end of `read` are dropped.
    fn transfer(&mut self, read: &mut [u8], write: &[u8]) {
        for index in 0..read.len().max(write.len()) {
            let byte = self.exchange(write.get(index).copied().unwrap_or(0));
            if let Some(received) = read.get_mut(index) {
                *received = byte;
            }
        }
    }
}

impl spi::ErrorType for Ssi0 {
    type Error = Infallible;
}

impl SpiDevice for Ssi0 {
    /// The SSI selects the chip anew for each byte, which the panel accepts.
    fn transaction(&mut self, operations: &mut [Operation<u8>]) -> Result<(), Infallible> {
        operations.iter_mut().for_each(|operation| self.perform(operation));
        Ok(())
    }
}

/// The pin that is high for data and low for commands.
#[derive(Debug)]
pub struct DataPin(());

impl DataPin {
    fn open() -> Self {
        PORT_C.make_output(DATA_PIN);
        Self(())
    }
}

impl digital::ErrorType for DataPin {
    type Error = Infallible;
}

impl OutputPin for DataPin {
    fn set_low(&mut self) -> Result<(), Infallible> {
        PORT_C.pins(DATA_PIN).write(0);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        PORT_C.pins(DATA_PIN).write(DATA_PIN);
        Ok(())
    }
}

/// A GPIO port.
#[derive(Clone, Copy)]
struct Port(Block);

impl Port {
    const DIRECTION: usize = 0x400;
    const ALTERNATE: usize = 0x420;
    const STRONG: usize = 0x508;
    const PULL_UP: usize = 0x510;
    const DIGITAL: usize = 0x51c;

    fn register(self, offset: usize) -> Register {
        self.0.register(offset)
    }

    /// The register that reads and writes only these of the port's eight pins.
    fn pins(self, pins: u32) -> Register {
        self.register((pins << 2) as usize)
    }

    fn make_output(self, pins: u32) {
        for register in [Self::DIRECTION, Self::STRONG, Self::DIGITAL] {
            self.register(register).change(pins, pins);
        }
    }
}
