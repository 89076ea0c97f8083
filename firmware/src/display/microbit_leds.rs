//! The LEDs of the micro:bit V1: 3 rows and 9 columns, and TIMER 0.
//!
//! Registers are those of the nRF51 series' reference manual: GPIO (chapter 14), TIMER (chapter 18). The wires are those of
//! the micro:bit's schematic: an LED is lit while its row's pin (P0.13 to P0.15) is high and its column's (P0.4 to P0.12)
//! is low. The brightest LED is lit a third of the time.

use crate::peripheral::{Block, Register};
use cortex_m::{interrupt::InterruptNumber, peripheral::NVIC};
use pocketgan_display::leds::SIDE_LEDS;

// SAFETY: the nRF51822 has its GPIO here.
const GPIO: Block = unsafe { Block::at(0x5000_0000) };
// SAFETY: and its TIMER 0 here.
const TIMER_0: Block = unsafe { Block::at(0x4000_8000) };

const PORT: Register = GPIO.register(0x504);
const PINS_ARE_OUTPUTS: Register = GPIO.register(0x518);
const TIMER_START: Register = TIMER_0.register(0x000);
const TIMER_STOP: Register = TIMER_0.register(0x004);
const TIMER_CLEAR: Register = TIMER_0.register(0x00c);
const TIMER_COMPARED: Register = TIMER_0.register(0x140);
const TIMER_SHORTCUTS: Register = TIMER_0.register(0x200);
const TIMER_INTERRUPTS: Register = TIMER_0.register(0x304);
const TIMER_MODE: Register = TIMER_0.register(0x504);
const TIMER_BITS: Register = TIMER_0.register(0x508);
const TIMER_PRESCALER: Register = TIMER_0.register(0x510);
const TIMER_COMPARE: Register = TIMER_0.register(0x540);

/// The pin of the first column; the others follow.
const FIRST_COLUMN: u8 = 4;
const COLUMNS: u32 = 0x1ff << FIRST_COLUMN;
/// The pin of the first row; the others follow.
const FIRST_ROW: u8 = 13;
pub(super) const ROW_COUNT: usize = 3;
const ROWS: u32 = 0b111 << FIRST_ROW;

/// Row and column in the matrix of each LED (from the Micro:bit Foundation's table for the V1).
#[rustfmt::skip]
pub(super) const MATRIX: [[(u8, u8); SIDE_LEDS]; SIDE_LEDS] = [
    [(0, 0), (1, 3), (0, 1), (1, 4), (0, 2)],
    [(2, 3), (2, 4), (2, 5), (2, 6), (2, 7)],
    [(1, 1), (0, 8), (1, 2), (2, 8), (1, 0)],
    [(0, 7), (0, 6), (0, 5), (0, 4), (0, 3)],
    [(2, 2), (1, 6), (2, 0), (1, 5), (2, 1)],
];

/// A cycle of 27 slots takes 10.8 ms: 93 pictures per second.
pub(super) const SLOT_MICROSECONDS: u32 = 400;

/// The number of TIMER 0's interrupt.
pub(crate) const TIMER: usize = 8;
/// 16 MHz / 2^4: microseconds.
const MICROSECONDS: u32 = 4;
const BITS_32: u32 = 3;
const COMPARE_0: u32 = 1;
const COMPARE_0_INTERRUPT: u32 = 1 << 16;

/// Makes the pins outputs and starts the timer. May be called again.
pub(super) fn start() {
    PORT.change(ROWS | COLUMNS, COLUMNS);
    PINS_ARE_OUTPUTS.write(ROWS | COLUMNS);
    start_timer();
}

fn start_timer() {
    TIMER_STOP.write(1);
    TIMER_MODE.write(0);
    TIMER_BITS.write(BITS_32);
    TIMER_PRESCALER.write(MICROSECONDS);
    TIMER_COMPARE.write(SLOT_MICROSECONDS);
    // The timer restarts from zero by itself.
    TIMER_SHORTCUTS.write(COMPARE_0);
    TIMER_INTERRUPTS.write(COMPARE_0_INTERRUPT);
    TIMER_CLEAR.write(1);
    // SAFETY: the handler is in the vector table. It shares only atomics with the program, and nothing else modifies the
    // pins' register while the timer runs.
    unsafe { NVIC::unmask(Timer0) };
    TIMER_START.write(1);
}

#[derive(Clone, Copy)]
struct Timer0;

// SAFETY: the nRF51822's TIMER 0 has this number.
unsafe impl InterruptNumber for Timer0 {
    fn number(self) -> u16 {
        TIMER as u16
    }
}

/// In the timer's interrupt: lights these columns of one row, by its pin high and theirs low.
pub(super) fn next_slot(row: usize, columns: u32) {
    TIMER_COMPARED.write(0);
    PORT.change(ROWS | COLUMNS, COLUMNS & !(columns << FIRST_COLUMN) | 1 << (usize::from(FIRST_ROW) + row));
}
