//! Raspberry Pi Pico 2: an RP2350, of which one Cortex-M33 runs. Its serial line is on pins 1 (GPIO 0, sends) and 2
//! (GPIO 1, receives), at 3.3 V, as the Pico's debug probe expects it.
//!
//! Registers are those of the RP2350's data sheet: resets (chapter 7), clocks (8.1), crystal oscillator (8.2), GPIO (9.11).

use crate::peripheral::{Block, Pl011, Register};

// SAFETY: the RP2350 has its UART 0 here.
pub(super) const UART: Pl011 = Pl011::of(unsafe { Block::at(0x4007_0000) });

// SAFETY: the RP2350 has its clocks here.
const CLOCKS: Block = unsafe { Block::at(0x4001_0000) };
// SAFETY: and its resets here.
const RESET: Block = unsafe { Block::at(0x4002_0000) };
// SAFETY: and its crystal oscillator here.
const CRYSTAL: Block = unsafe { Block::at(0x4004_8000) };
// SAFETY: and its GPIO bank 0 here.
const PINS: Block = unsafe { Block::at(0x4002_8000) };
// SAFETY: and the pads of that bank here.
const PADS: Block = unsafe { Block::at(0x4003_8000) };

const CLK_REF_CONTROL: Register = CLOCKS.register(0x30);
const CLK_REF_SELECTED: Register = CLOCKS.register(0x38);
const CLK_PERI_CONTROL: Register = CLOCKS.register(0x48);
const RESETS: Register = RESET.register(0x00);
const RESETS_DONE: Register = RESET.register(0x08);
const CRYSTAL_CONTROL: Register = CRYSTAL.register(0x00);
const CRYSTAL_STATUS: Register = CRYSTAL.register(0x04);
const TX_FUNCTION: Register = PINS.register(0x04);
const RX_FUNCTION: Register = PINS.register(0x0c);
const TX_PAD: Register = PADS.register(0x04);
const RX_PAD: Register = PADS.register(0x08);

/// The crystal's frequency in Hz; the core and the UART run from it, and the PLLs stay off.
const CLOCK: u32 = 12_000_000;
/// On, for a crystal of 1 to 15 MHz.
const CRYSTAL_ON: u32 = 0xfab << 12 | 0xaa0;
const CRYSTAL_STABLE: u32 = 1 << 31;
const REF_SOURCE_MASK: u32 = 0b11;
const REF_FROM_CRYSTAL: u32 = 2;
const REF_IS_CRYSTAL: u32 = 1 << 2;
/// On, from the crystal.
const PERI_FROM_CRYSTAL: u32 = 1 << 11 | 4 << 5;
/// GPIO bank 0, its pads, and UART 0.
const NEEDED: u32 = 1 << 6 | 1 << 9 | 1 << 26;
const FUNCTION_UART: u32 = 2;
/// 4 mA, input buffer with hysteresis; the isolation, which is on after reset, off.
const PAD: u32 = 0x52;
const PAD_PULLED_UP: u32 = PAD | 1 << 3;

/// Prepares the clock and the serial line. May be called again.
pub fn init() {
    CRYSTAL_CONTROL.write(CRYSTAL_ON);
    while !CRYSTAL_STATUS.has(CRYSTAL_STABLE) {}
    // After reset the core's clock is the reference clock.
    CLK_REF_CONTROL.change(REF_SOURCE_MASK, REF_FROM_CRYSTAL);
    while !CLK_REF_SELECTED.has(REF_IS_CRYSTAL) {}
    CLK_PERI_CONTROL.write(PERI_FROM_CRYSTAL);
    RESETS.change(NEEDED, 0);
    while !RESETS_DONE.has(NEEDED) {}
    for (function, pad, settings) in [(TX_FUNCTION, TX_PAD, PAD), (RX_FUNCTION, RX_PAD, PAD_PULLED_UP)] {
        function.write(FUNCTION_UART);
        pad.write(settings);
    }
    UART.start(CLOCK);
}
