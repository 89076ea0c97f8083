//! Digit after digit, each turning softly into the next.

use super::{BETWEEN, Stage};
use core::fmt::Write;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::morph;
use pocketgan_display::tour::{Stop, Tour};

/// Milliseconds a digit stays.
const DIGIT: u32 = 1500;

/// Shows the digits of all seeds from `seed` on, until the byte `q` comes in.
pub fn tour(stage: &mut Stage, seed: u32) {
    for stop in Tour::from(seed) {
        if !stage.show_stop(stop) {
            break;
        }
    }
}

impl Stage {
    /// Shows a picture of the tour and returns whether to go on.
    fn show_stop(&mut self, stop: Stop) -> bool {
        if let Stop::Digit(seed) = stop {
            self.show_next(seed);
        }
        self.draw(&stop.latent());
        self.display.large(&self.picture);
        let milliseconds = self.tell_stop(stop);
        self.goes_on_after(milliseconds)
    }

    /// Shows the digits that come after that of `seed` as the small ones.
    fn show_next(&mut self, seed: u32) {
        for (index, next) in (0..self.display.small_count()).zip(1..) {
            self.draw(&Latent::of_picture(seed.wrapping_add(next)));
            self.display.small(index, &self.picture);
        }
    }

    /// Says what is shown, a digit also as text, and returns for how long it is.
    fn tell_stop(&mut self, stop: Stop) -> u32 {
        match stop {
            Stop::Digit(seed) => {
                self.tell_digit(seed);
                DIGIT
            }
            Stop::Between { from, to, weight } => {
                // The serial line never refuses.
                let _ = writeln!(self.uart, "seed {from} to {to}, {weight} of {}", morph::FULL_WEIGHT);
                BETWEEN
            }
        }
    }
}
