//! The 5x5 lamps of the micro:bit V1: a matrix of 3 rows and 9 columns, dimmed by switching it from a timer's interrupt.
//!
//! Registers are those of the nRF51 series' reference manual: GPIO (chapter 14), TIMER (chapter 18). The wires are those of
//! the micro:bit's schematic: a lamp is lit while its row's pin (P0.13 to P0.15) is high and its column's (P0.4 to P0.12)
//! is low. Rows take turns; each has the nine slots of [`lamps::SLOTS`], so the brightest lamp is lit a third of the time.

use crate::peripheral::{Block, Register};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use cortex_m::{interrupt::InterruptNumber, peripheral::NVIC};
use pocketgan_core::infer::picture::Picture;
use pocketgan_display::lamps::{self, LAMPS, Levels};

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

/// Row and column of each lamp in the matrix (the micro:bit foundation's table of the V1's screen).
#[rustfmt::skip]
const MATRIX: [[(u8, u8); LAMPS]; LAMPS] = [
    [(0, 0), (1, 3), (0, 1), (1, 4), (0, 2)],
    [(2, 3), (2, 4), (2, 5), (2, 6), (2, 7)],
    [(1, 1), (0, 8), (1, 2), (2, 8), (1, 0)],
    [(0, 7), (0, 6), (0, 5), (0, 4), (0, 3)],
    [(2, 2), (1, 6), (2, 0), (1, 5), (2, 1)],
];

/// Slots after which the matrix repeats.
const TURN: usize = ROW_COUNT * lamps::SLOTS as usize;
/// A turn of 27 slots takes 10.8 ms: 93 pictures a second.
const SLOT_MICROSECONDS: u32 = 400;

/// The number of TIMER 0's interrupt.
pub(crate) const TIMER: usize = 8;
/// 16 MHz / 2^4: microseconds.
const MICROSECONDS: u32 = 4;
const BITS_32: u32 = 3;
const COMPARE_0: u32 = 1;
const COMPARE_0_INTERRUPT: u32 = 1 << 16;

/// What the pins are in each slot of a turn.
static PINS: [AtomicU32; TURN] = [const { AtomicU32::new(0) }; TURN];
/// Slots since the start.
static SLOT: AtomicU32 = AtomicU32::new(0);

/// The lamps.
#[derive(Debug)]
pub struct Display(());

impl Display {
    /// Whether the board has a display, which can be opened then.
    pub const EXISTS: bool = true;

    /// Starts to drive the lamps, all dark. Opening it again makes them dark.
    pub fn open() -> Option<Self> {
        let mut display = Self(());
        display.set(&[[0; LAMPS]; LAMPS]);
        PORT.change(ROWS | COLUMNS, COLUMNS);
        PINS_ARE_OUTPUTS.write(ROWS | COLUMNS);
        start_timer();
        Some(display)
    }

    /// Shows `picture` on all lamps.
    pub fn large(&mut self, picture: &Picture) {
        self.set(&lamps::levels(picture));
    }

    /// Does nothing: there is no room for small digits.
    pub fn small(&mut self, _: usize, _: &Picture) {}

    /// How many small digits there are: none.
    pub fn small_count(&self) -> usize {
        0
    }

    /// Shows `picture`, as the one digit of a number that there is room for.
    pub fn number(&mut self, _: usize, picture: &Picture) {
        self.large(picture);
    }

    /// How many digits a number has: one.
    pub fn number_count(&self) -> usize {
        1
    }

    /// Leaves what is shown for a time.
    pub fn wait(&mut self, milliseconds: u32) {
        let (start, slots) = (SLOT.load(Relaxed), milliseconds.saturating_mul(1000) / SLOT_MICROSECONDS);
        while SLOT.load(Relaxed).wrapping_sub(start) < slots {
            cortex_m::asm::wfi();
        }
    }

    fn set(&mut self, levels: &Levels) {
        for (index, pins) in PINS.iter().enumerate() {
            let (row, slot) = (index / usize::from(lamps::SLOTS), index % usize::from(lamps::SLOTS));
            pins.store(pins_of(levels, row as u8, slot as u8), Relaxed);
        }
    }
}

/// The pins while `row` has its turn: high itself, low the columns of its lamps that are lit in `slot`.
fn pins_of(levels: &Levels, row: u8, slot: u8) -> u32 {
    let lamps = levels.as_flattened().iter().zip(MATRIX.as_flattened());
    let lit = lamps.filter(|&(&level, place)| place.0 == row && lamps::is_lit(level, slot));
    let columns = lit.fold(COLUMNS, |columns, (_, place)| columns & !(1 << (FIRST_COLUMN + place.1)));
    columns | 1 << (FIRST_ROW + row)
}

fn start_timer() {
    TIMER_STOP.write(1);
    TIMER_MODE.write(0);
    TIMER_BITS.write(BITS_32);
    TIMER_PRESCALER.write(MICROSECONDS);
    TIMER_COMPARE.write(SLOT_MICROSECONDS);
    // It starts from zero again by itself.
    TIMER_SHORTCUTS.write(COMPARE_0);
    TIMER_INTERRUPTS.write(COMPARE_0_INTERRUPT);
    TIMER_CLEAR.write(1);
    // SAFETY: [`on_timer`] is in the table of vectors; it shares nothing but atomics and the pins' register, which nobody else reads and writes back.
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

/// The handler of TIMER 0's interrupt: on to the next slot.
pub(crate) extern "C" fn on_timer() {
    TIMER_COMPARED.write(0);
    let slot = SLOT.load(Relaxed);
    SLOT.store(slot.wrapping_add(1), Relaxed);
    // When the count starts anew, after 20 days, a turn is cut short.
    PORT.change(ROWS | COLUMNS, PINS[slot as usize % TURN].load(Relaxed));
}
