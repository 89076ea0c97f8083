//! The 5x5 LEDs of a micro:bit: a matrix whose rows are multiplexed and whose LEDs are dimmed by a timer's interrupt.
//!
//! Each row has the nine slots of [`leds::SLOTS`], so that the brightest LED is lit in all slots of its row.

// How the LEDs are wired, and the timer.
#[cfg(feature = "microbit")]
#[path = "microbit_leds.rs"]
mod wires;
#[cfg(feature = "microbit-v2")]
#[path = "microbit_v2_leds.rs"]
mod wires;

use core::convert::Infallible;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use pocketgan_core::infer::picture::Picture;
use pocketgan_display::leds::{self, Levels, SIDE_LEDS};
use pocketgan_display::screen::Screen;
#[cfg(feature = "microbit-v2")]
pub(crate) use wires::Leds;
pub(crate) use wires::TIMER;
use wires::{MATRIX, ROW_COUNT, SLOT_MICROSECONDS};

/// Slots of a refresh cycle.
const CYCLE: usize = ROW_COUNT * leds::SLOTS as usize;

/// The columns that are lit in each slot of a cycle, a bit each.
static COLUMNS: [AtomicU32; CYCLE] = [const { AtomicU32::new(0) }; CYCLE];
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
    wires::start();
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
    for (index, columns) in COLUMNS.iter().enumerate() {
        let (row, slot) = (row_of(index), index % usize::from(leds::SLOTS));
        columns.store(columns_of(levels, row as u8, slot as u8), Relaxed);
    }
}

/// The row that is driven in a slot of the cycle.
fn row_of(slot: usize) -> usize {
    slot / usize::from(leds::SLOTS)
}

/// The columns whose LEDs are lit in a slot of `row`.
fn columns_of(levels: &Levels, row: u8, slot: u8) -> u32 {
    let leds = levels.as_flattened().iter().zip(MATRIX.as_flattened());
    let lit = leds.filter(|&(&level, position)| position.0 == row && leds::is_lit(level, slot));
    lit.fold(0, |columns, (_, position)| columns | 1 << position.1)
}

/// The handler of the timer's interrupt: starts the next slot.
pub(crate) extern "C" fn on_timer() {
    let slot = SLOT.load(Relaxed);
    SLOT.store(slot.wrapping_add(1), Relaxed);
    // When the count overflows, after 10 days or more, a cycle is cut short.
    let index = slot as usize % CYCLE;
    wires::next_slot(row_of(index), COLUMNS[index].load(Relaxed));
}
