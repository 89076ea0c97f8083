//! A counter whose digits turn softly into the next ones.

use super::{BETWEEN, Stage};
use core::fmt::Write;
use pocketgan_core::infer::morph;
use pocketgan_display::odometer::Odometer;

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
        for place in 0..self.display.number_count() {
            self.show_place(odometer, place);
        }
        let milliseconds = self.tell_count(odometer);
        self.goes_on_after(milliseconds)
    }

    /// Says what is shown, and returns for how long it is.
    fn tell_count(&mut self, odometer: &Odometer) -> u32 {
        let (number, weight) = (odometer.number(), odometer.weight());
        // The serial line never refuses.
        match odometer.left() {
            None => {
                let _ = writeln!(self.uart, "number {number}");
                NUMBER
            }
            Some(left) => {
                let _ = writeln!(self.uart, "number {left} to {number}, {weight} of {}", morph::FULL_WEIGHT);
                BETWEEN
            }
        }
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
