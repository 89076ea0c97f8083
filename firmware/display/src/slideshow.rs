//! A slideshow of digits, each of which morphs into the next.

use crate::player::{Frame, Player};
use crate::screen::Screen;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::IntegerGenerator;
use pocketgan_core::infer::morph;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::PIXELS;

/// Steps from one digit to the next.
pub const STEPS: u32 = 16;

/// Milliseconds that a digit stays on the screen.
pub const DIGIT_MILLISECONDS: u32 = 1500;

/// Milliseconds that a frame between two digits stays, in addition to the time that drawing takes.
pub const MORPH_MILLISECONDS: u32 = 20;

/// Shows the digits of all seeds from `seed` on, until `player` ends it. The small digits are the next ones.
///
/// # Errors
/// The screen's own.
pub fn run<S: Screen>(
    generator: &IntegerGenerator,
    screen: &mut S,
    seed: u32,
    player: &mut impl Player<S>,
) -> Result<(), S::Error> {
    let mut picture = [0; PIXELS];
    for slide in Slideshow::from(seed) {
        if let Slide::Digit(seed) = slide {
            show_next(generator, screen, seed, &mut picture)?;
        }
        generator.draw(&slide.latent(), &mut picture);
        screen.large(&picture)?;
        let (frame, milliseconds) = match slide {
            Slide::Digit(seed) => {
                player.digit(seed, &picture);
                (Frame::Digit(seed), DIGIT_MILLISECONDS)
            }
            Slide::Between { from, to, weight } => (Frame::Morph { from, to, weight }, MORPH_MILLISECONDS),
        };
        if player.hold(screen, frame, milliseconds)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Shows the digits of the seeds after `seed` as the small ones.
fn show_next<S: Screen>(
    generator: &IntegerGenerator,
    screen: &mut S,
    seed: u32,
    picture: &mut Picture,
) -> Result<(), S::Error> {
    for (index, next) in (0..screen.small_count()).zip(1..) {
        generator.draw(&Latent::of_picture(seed.wrapping_add(next)), picture);
        screen.small(index, picture)?;
    }
    Ok(())
}

/// One picture of a slideshow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slide {
    /// The digit of a seed.
    Digit(u32),
    /// A picture between the digits of two seeds.
    Between {
        /// The first seed.
        from: u32,
        /// The second seed.
        to: u32,
        /// The second seed's weight, of [`morph::FULL_WEIGHT`].
        weight: u16,
    },
}

impl Slide {
    /// The latent of the picture.
    pub fn latent(&self) -> Latent {
        match *self {
            Self::Digit(seed) => Latent::of_picture(seed),
            Self::Between { from, to, weight } => Latent::of_picture(from).blend(&Latent::of_picture(to), weight),
        }
    }
}

/// The slides of all seeds from one on, with the pictures between them. Seed 0 follows the last seed, without end.
#[derive(Clone, Debug)]
pub struct Slideshow {
    seed: u32,
    step: u32,
}

impl Slideshow {
    /// The slideshow that starts with the digit of `seed`.
    pub fn from(seed: u32) -> Self {
        Self { seed, step: 0 }
    }
}

impl Iterator for Slideshow {
    type Item = Slide;

    fn next(&mut self) -> Option<Slide> {
        let (from, to, step) = (self.seed, self.seed.wrapping_add(1), self.step);
        (self.seed, self.step) = if step + 1 < STEPS { (from, step + 1) } else { (to, 0) };
        Some(match step {
            0 => Slide::Digit(from),
            _ => Slide::Between { from, to, weight: morph::weight(step, STEPS) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_digit_morphs_into_the_next_and_the_last_seed_into_the_first() {
        let mut slideshow = Slideshow::from(u32::MAX);
        for (from, to) in [(u32::MAX, 0), (0, 1)] {
            assert_eq!(slideshow.next(), Some(Slide::Digit(from)));
            for step in 1..16 {
                assert_eq!(slideshow.next(), Some(Slide::Between { from, to, weight: morph::weight(step, 16) }));
            }
        }
    }

    #[test]
    fn a_slide_between_two_digits_is_drawn_from_a_blend_of_their_latents() {
        assert_eq!(Slide::Digit(7).latent(), Latent::of_picture(7));
        let between = |weight| Slide::Between { from: 3, to: 9, weight }.latent();
        assert_eq!((between(0), between(morph::FULL_WEIGHT)), (Latent::of_picture(3), Latent::of_picture(9)));
        assert_eq!(between(100), Latent::of_picture(3).blend(&Latent::of_picture(9), 100));
    }
}
