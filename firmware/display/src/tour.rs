//! A tour through digits: each turns softly into the next.

use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::morph;

/// Steps from one digit to the next.
pub const STEPS: u32 = 16;

/// One picture of a tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The digit of a seed.
    Digit(u32),
    /// A picture between the digits of two seeds.
    Between {
        /// The seed of the digit that goes.
        from: u32,
        /// The seed of the digit that comes.
        to: u32,
        /// The second one's weight, of [`morph::FULL_WEIGHT`].
        weight: u16,
    },
}

impl Stop {
    /// What the picture is drawn from.
    pub fn latent(&self) -> Latent {
        match *self {
            Self::Digit(seed) => Latent::of_picture(seed),
            Self::Between { from, to, weight } => Latent::of_picture(from).blend(&Latent::of_picture(to), weight),
        }
    }
}

/// The pictures of a tour: the digits of all seeds from one on, with those between them, without end.
#[derive(Clone, Debug)]
pub struct Tour {
    seed: u32,
    step: u32,
}

impl Tour {
    /// The tour that begins with the digit of `seed`.
    pub fn from(seed: u32) -> Self {
        Self { seed, step: 0 }
    }
}

impl Iterator for Tour {
    type Item = Stop;

    fn next(&mut self) -> Option<Stop> {
        let (from, to, step) = (self.seed, self.seed.wrapping_add(1), self.step);
        (self.seed, self.step) = if step + 1 < STEPS { (from, step + 1) } else { (to, 0) };
        Some(match step {
            0 => Stop::Digit(from),
            _ => Stop::Between { from, to, weight: morph::weight(step, STEPS) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tour_walks_from_each_digit_to_the_next_and_round_the_last_seed() {
        let mut tour = Tour::from(u32::MAX);
        for (from, to) in [(u32::MAX, 0), (0, 1)] {
            assert_eq!(tour.next(), Some(Stop::Digit(from)));
            for step in 1..16 {
                assert_eq!(tour.next(), Some(Stop::Between { from, to, weight: morph::weight(step, 16) }));
            }
        }
    }

    #[test]
    fn a_stop_between_two_digits_is_drawn_from_a_blend_of_their_latents() {
        assert_eq!(Stop::Digit(7).latent(), Latent::of_picture(7));
        let between = |weight| Stop::Between { from: 3, to: 9, weight }.latent();
        assert_eq!((between(0), between(morph::FULL_WEIGHT)), (Latent::of_picture(3), Latent::of_picture(9)));
        assert_eq!(between(100), Latent::of_picture(3).blend(&Latent::of_picture(9), 100));
    }
}
