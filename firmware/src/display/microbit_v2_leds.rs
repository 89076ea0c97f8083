//! The LEDs of the micro:bit V2: 5 rows and 5 columns, and TIMER 0.
//!
//! An LED is lit while its row's pin is high and its column's is low, a fifth of the time if it is the brightest.

use crate::board;
use core::cell::RefCell;
use cortex_m::interrupt::{self, Mutex};
use cortex_m::peripheral::NVIC;
use embedded_hal::digital::{OutputPin, PinState};
use nrf52833_hal::gpio::{Output, Pin, PushPull};
use nrf52833_hal::pac::{Interrupt, TIMER0};
use nrf52833_hal::timer::{Periodic, Timer};
use pocketgan_display::leds::SIDE_LEDS;

pub(super) const ROW_COUNT: usize = SIDE_LEDS;

/// Row and column in the matrix of each LED: the matrix is as it looks.
pub(super) const MATRIX: [[(u8, u8); SIDE_LEDS]; SIDE_LEDS] = {
    let mut matrix = [[(0, 0); SIDE_LEDS]; SIDE_LEDS];
    let mut led = 0;
    while led < SIDE_LEDS * SIDE_LEDS {
        let (row, column) = (led / SIDE_LEDS, led % SIDE_LEDS);
        matrix[row][column] = (row as u8, column as u8);
        led += 1;
    }
    matrix
};

/// A cycle of 45 slots takes 10.8 ms: 93 pictures per second.
pub(super) const SLOT_MICROSECONDS: u32 = 240;

/// The number of TIMER 0's interrupt.
pub(crate) const TIMER: usize = Interrupt::TIMER0 as usize;

/// An output.
pub(crate) type Led = Pin<Output<PushPull>>;

/// The pins of the LEDs, and the timer.
pub(crate) struct Leds {
    /// From the top, all low.
    pub(crate) rows: [Led; SIDE_LEDS],
    /// From the left, all high.
    pub(crate) columns: [Led; SIDE_LEDS],
    /// Of slots.
    pub(crate) timer: Timer<TIMER0, Periodic>,
}

/// The LEDs once they have been started; the handler uses them.
static LEDS: Mutex<RefCell<Option<Leds>>> = Mutex::new(RefCell::new(None));

/// Takes the pins from the board and starts the timer. May be called again.
pub(super) fn start() {
    board::init();
    let Some(mut leds) = board::take_leds() else { return };
    leds.timer.enable_interrupt();
    leds.timer.start(SLOT_MICROSECONDS);
    interrupt::free(|section| LEDS.borrow(section).replace(Some(leds)));
    // SAFETY: the handler is in the vector table, and shares the LEDs with the program by a critical section.
    unsafe { NVIC::unmask(Interrupt::TIMER0) };
}

/// In the timer's interrupt: lights these columns of one row.
pub(super) fn next_slot(row: usize, columns: u32) {
    interrupt::free(|section| {
        if let Some(leds) = LEDS.borrow(section).borrow_mut().as_mut() {
            leds.timer.reset_event();
            leds.light(row, columns);
        }
    });
}

impl Leds {
    /// Between two rows all LEDs are dark: none of the next row's columns lights an LED of the last row.
    fn light(&mut self, row: usize, columns: u32) {
        self.rows.iter_mut().for_each(|row| set(row, false));
        for (number, column) in self.columns.iter_mut().enumerate() {
            set(column, columns >> number & 1 == 0);
        }
        self.rows.get_mut(row).into_iter().for_each(|row| set(row, true));
    }
}

fn set(pin: &mut Led, high: bool) {
    let Ok(()) = pin.set_state(PinState::from(high));
}
