//! The 5x5 LEDs of the micro:bit V1: a matrix of 3 rows and 9 columns, dimmed by a timer's interrupt.
//!
//! Registers are those of the nRF51 series' reference manual: GPIO (chapter 14), TIMER (chapter 18). The wires are those of
//! the micro:bit's schematic: an LED is lit while its row's pin (P0.13 to P0.15) is high and its column's (P0.4 to P0.12)
//! is low. The rows are multiplexed; each has the nine slots of [`leds::SLOTS`], so the brightest LED is lit a third of the
//! time.

use crate::peripheral::{Block, Register};
use core::convert::Infallible;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use cortex_m::{interrupt::InterruptNumber, peripheral::NVIC};
use pocketgan_core::infer::picture::Picture;
use pocketgan_display::leds::{self, Levels, SIDE_LEDS};
use pocketgan_display::screen::Screen;

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
const ROW_COUNT: usize = 3;
const ROWS: u32 = 0b111 << FIRST_ROW;

/// Row and column in the matrix of each LED (from the Micro:bit Foundation's table for the V1).
#[rustfmt::skip]
const MATRIX: [[(u8, u8); SIDE_LEDS]; SIDE_LEDS] = [
    [(0, 0), (1, 3), (0, 1), (1, 4), (0, 2)],
    [(2, 3), (2, 4), (2, 5), (2, 6), (2, 7)],
    [(1, 1), (0, 8), (1, 2), (2, 8), (1, 0)],
    [(0, 7), (0, 6), (0, 5), (0, 4), (0, 3)],
    [(2, 2), (1, 6), (2, 0), (1, 5), (2, 1)],
];

/// Slots of a refresh cycle.
const CYCLE: usize = ROW_COUNT * leds::SLOTS as usize;
/// A cycle of 27 slots takes 10.8 ms: 93 pictures per second.
const SLOT_MICROSECONDS: u32 = 400;

/// The number of TIMER 0's interrupt.
pub(crate) const TIMER: usize = 8;
/// 16 MHz / 2^4: microseconds.
const MICROSECONDS: u32 = 4;
const BITS_32: u32 = 3;
const COMPARE_0: u32 = 1;
const COMPARE_0_INTERRUPT: u32 = 1 << 16;

/// The levels of the pins in each slot of a cycle.
static PINS: [AtomicU32; CYCLE] = [const { AtomicU32::new(0) }; CYCLE];
/// Slots since the start.
static SLOT: AtomicU32 = AtomicU32::new(0);

/// The LEDs.
#[derive(Debug)]
pub struct Display(());

/// Whether the board has a display.
pub const EXISTS: bool = true;

/// Starts to drive the LEDs, all dark. May be called again.
pub fn open() -> Option<Display> {
    set(&[[0; SIDE_LEDS]; SIDE_LEDS]);
    PORT.change(ROWS | COLUMNS, COLUMNS);
    PINS_ARE_OUTPUTS.write(ROWS | COLUMNS);
    start_timer();
    Some(Display(()))
}

/// Waits for some milliseconds. The LEDs must be driven.
pub fn wait(milliseconds: u32) {
    let (start, slots) = (SLOT.load(Relaxed), milliseconds.saturating_mul(1000) / SLOT_MICROSECONDS);
    while SLOT.load(Relaxed).wrapping_sub(start) < slots {
        cortex_m::asm::wfi();
    }
}

impl Screen for Display {
    type Error = Infallible;

    fn small_count(&self) -> usize {
        0
    }

    fn number_count(&self) -> usize {
        1
    }

    fn large(&mut self, picture: &Picture) -> Result<(), Infallible> {
        set(&leds::levels(picture));
        Ok(())
    }

    fn small(&mut self, _: usize, _: &Picture) -> Result<(), Infallible> {
        Ok(())
    }

    fn number(&mut self, _: usize, picture: &Picture) -> Result<(), Infallible> {
        self.large(picture)
    }
}

fn set(levels: &Levels) {
    for (index, pins) in PINS.iter().enumerate() {
        let (row, slot) = (index / usize::from(leds::SLOTS), index % usize::from(leds::SLOTS));
        pins.store(pins_of(levels, row as u8, slot as u8), Relaxed);
    }
}

/// The levels of the pins in a slot of `row`: its own high, and the columns of its LEDs that are lit low.
fn pins_of(levels: &Levels, row: u8, slot: u8) -> u32 {
    let leds = levels.as_flattened().iter().zip(MATRIX.as_flattened());
    let lit = leds.filter(|&(&level, position)| position.0 == row && leds::is_lit(level, slot));
    let columns = lit.fold(COLUMNS, |columns, (_, position)| columns & !(1 << (FIRST_COLUMN + position.1)));
    columns | 1 << (FIRST_ROW + row)
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
    // SAFETY: [`on_timer`] is in the vector table. It shares only atomics with the program, and nothing else modifies the
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

/// The handler of TIMER 0's interrupt: starts the next slot.
pub(crate) extern "C" fn on_timer() {
    TIMER_COMPARED.write(0);
    let slot = SLOT.load(Relaxed);
    SLOT.store(slot.wrapping_add(1), Relaxed);
    // When the count overflows, after 20 days, a cycle is cut short.
    PORT.change(ROWS | COLUMNS, PINS[slot as usize % CYCLE].load(Relaxed));
}
