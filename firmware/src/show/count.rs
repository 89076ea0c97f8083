//! A counter whose digits turn softly into the next ones.

use super::{BETWEEN, Stage};
use core::fmt::Write;
use pocketgan_display::odometer::Odometer;
use pocketgan_display::walk;

/// Milliseconds a number stays.
const NUMBER: u32 = 700;

/// Counts on, until the byte `q` comes in.
pub fn count(stage: &mut Stage, mut odometer: Odometer) {
    while stage.show_count(&odometer) {
        odometer.advance();
    }
}

impl Stage {
    /// Shows the counter as it stands and returns whether to go on.
    fn show_count(&mut self, odometer: &Odometer) -> bool {
        // The serial line never refuses.
        let _ = match odometer.left() {
            None => writeln!(self.uart, "number {}", odometer.number()),
            Some(left) => {
                writeln!(self.uart, "number {left} to {}, {} of {}", odometer.number(), odometer.weight(), walk::WHOLE)
            }
        };
        for place in 0..self.display.number_count() {
            self.show_place(odometer, place);
        }
        self.goes_on_after(if odometer.left().is_none() { NUMBER } else { BETWEEN })
    }

    /// Shows what changes in a place of the counter, a new digit also as text.
    fn show_place(&mut self, odometer: &Odometer, place: usize) {
        let Some(latent) = odometer.latent(place) else { return };
        self.draw(&latent);
        self.display.number(place, &self.picture);
        if let (None, Some(seed)) = (odometer.left(), odometer.seed(place)) {
            self.tell_digit(seed);
        }
    }
}
