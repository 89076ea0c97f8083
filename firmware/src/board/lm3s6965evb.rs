//! Stellaris LM3S6965 evaluation board: a Cortex-M3. Its serial line goes through the debug chip's USB.
//!
//! Registers are those of the LM3S6965's data sheet: system control (chapter 5), GPIO (chapter 8).

use crate::peripheral::{Block, Pl011, Register};

// SAFETY: the LM3S6965 has its UART 0 here.
pub(super) const UART: Pl011 = Pl011::of(unsafe { Block::at(0x4000_c000) });

// SAFETY: the LM3S6965 has its system control here.
const SYSTEM: Block = unsafe { Block::at(0x400f_e000) };
// SAFETY: and its GPIO port A here.
const PORT_A: Block = unsafe { Block::at(0x4000_4000) };

const RAW_INTERRUPTS: Register = SYSTEM.register(0x50);
const CLOCK_CONFIG: Register = SYSTEM.register(0x60);
const CLOCK_GATES_1: Register = SYSTEM.register(0x104);
const CLOCK_GATES_2: Register = SYSTEM.register(0x108);
const PORT_A_ALTERNATE: Register = PORT_A.register(0x420);
const PORT_A_DIGITAL: Register = PORT_A.register(0x51c);

/// The clock after [`start_clock`], in Hz: the PLL's 200 MHz divided by 4.
const CLOCK: u32 = 50_000_000;
const PLL_LOCKED: u32 = 1 << 6;
const BYPASS: u32 = 1 << 11;
const USE_DIVIDER: u32 = 1 << 22;
/// The fields that choose the main oscillator with its crystal and power the PLL.
const SOURCE_MASK: u32 = 1 << 13 | 1 << 12 | 0xf << 6 | 0b11 << 4 | 1 << 0;
/// An 8 MHz crystal on the main oscillator; oscillator, PLL and PLL output are on.
const CRYSTAL_8_MHZ: u32 = 0xe << 6;
const DIVIDER_MASK: u32 = 0xf << 23 | USE_DIVIDER;
const DIVIDE_BY_4: u32 = 3 << 23 | USE_DIVIDER;

const GATE_UART_0: u32 = 1 << 0;
const GATE_PORT_A: u32 = 1 << 0;
/// UART 0 is on PA0 and PA1.
const UART_PINS: u32 = 0b11;

/// Prepares the clock and the serial line. May be called again.
pub fn init() {
    start_clock();
    CLOCK_GATES_1.change(GATE_UART_0, GATE_UART_0);
    CLOCK_GATES_2.change(GATE_PORT_A, GATE_PORT_A);
    // A peripheral can be accessed three clocks after its gate opens; reading back takes that long.
    let _ = CLOCK_GATES_2.read();
    PORT_A_ALTERNATE.change(UART_PINS, UART_PINS);
    PORT_A_DIGITAL.change(UART_PINS, UART_PINS);
    UART.start(CLOCK);
}

/// Switches from the internal oscillator, which may be off by 30 %, to the crystal and the PLL, in the data sheet's order.
fn start_clock() {
    if !CLOCK_CONFIG.has(BYPASS) {
        return;
    }
    CLOCK_CONFIG.change(USE_DIVIDER, 0);
    CLOCK_CONFIG.change(SOURCE_MASK, CRYSTAL_8_MHZ);
    CLOCK_CONFIG.change(DIVIDER_MASK, DIVIDE_BY_4);
    while !RAW_INTERRUPTS.has(PLL_LOCKED) {}
    CLOCK_CONFIG.change(BYPASS, 0);
}
