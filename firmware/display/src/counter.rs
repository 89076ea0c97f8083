//! A counter of drawn digits: those that change morph into the next ones, each time drawn from another seed.

use crate::player::{Frame, Player};
use crate::screen::Screen;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{DigitSeeds, IntegerGenerator};
use pocketgan_core::infer::morph;
use pocketgan_core::recipe::PIXELS;

/// Steps in which a digit morphs into the next.
pub const STEPS: u32 = 8;

/// Milliseconds that a number stays on the screen.
pub const NUMBER_MILLISECONDS: u32 = 700;

/// Milliseconds that a frame between two numbers stays, in addition to the time that drawing takes.
pub const MORPH_MILLISECONDS: u32 = 20;

/// Counts on `screen` from where `counter` stands, until `player` ends it.
///
/// # Errors
/// The screen's own.
pub fn run<S: Screen>(
    generator: &IntegerGenerator,
    screen: &mut S,
    mut counter: NumberCounter,
    player: &mut impl Player<S>,
) -> Result<(), S::Error> {
    loop {
        for place in 0..screen.number_count() {
            show_place(generator, screen, &counter, place, player)?;
        }
        let milliseconds = if counter.previous().is_none() { NUMBER_MILLISECONDS } else { MORPH_MILLISECONDS };
        if player.hold(screen, counter.frame(), milliseconds)?.is_break() {
            return Ok(());
        }
        counter.advance();
    }
}

/// Draws the digit in `place` if it changes.
fn show_place<S: Screen>(
    generator: &IntegerGenerator,
    screen: &mut S,
    counter: &NumberCounter,
    place: usize,
    player: &mut impl Player<S>,
) -> Result<(), S::Error> {
    let Some(latent) = counter.latent(place) else { return Ok(()) };
    let mut picture = [0; PIXELS];
    generator.draw(&latent, &mut picture);
    screen.number(place, &picture)?;
    if let (None, Some(seed)) = (counter.previous(), counter.seed(place)) {
        player.digit(seed, &picture);
    }
    Ok(())
}

/// The most decimal places: those of the largest power of ten that fits `u32`.
const MAX_PLACES: usize = 9;

/// Neighbouring places that show the same digit use seeds this far apart in the table.
const PLACE_OFFSET: u32 = 4;

/// The state of a counter: at a number, or between two numbers.
#[derive(Clone, Debug)]
pub struct NumberCounter<'a> {
    digits: DigitSeeds<'a>,
    places: usize,
    number: u32,
    /// None before the first change.
    before: Option<u32>,
    step: u32,
}

impl<'a> NumberCounter<'a> {
    /// A counter of `places` decimal places that stands at `number`, or at its last digits. None if `places` is not from 1
    /// to 9, if `digits` has no seed for some digit, or if they are classes with names.
    pub fn at(number: u32, places: usize, digits: DigitSeeds<'a>) -> Option<Self> {
        if !(1..=MAX_PLACES).contains(&places) || digits.is_named() || !digits.is_complete() {
            return None;
        }
        Some(Self { digits, places, number: number % power_of_ten(places), before: None, step: STEPS })
    }

    /// The number that it stands at, or is changing to.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The number that it is changing from; none while it stands at a number.
    pub fn previous(&self) -> Option<u32> {
        self.before.filter(|_| self.step < STEPS)
    }

    /// What a screen shows of it.
    fn frame(&self) -> Frame {
        match self.previous() {
            None => Frame::Number(self.number),
            Some(from) => Frame::NumberMorph { from, to: self.number, weight: self.weight() },
        }
    }

    /// The progress of the change, from 0 to [`morph::FULL_WEIGHT`].
    pub fn weight(&self) -> u16 {
        morph::weight(self.step, STEPS)
    }

    /// Takes one step. Zero follows the largest number.
    pub fn advance(&mut self) {
        if self.step < STEPS {
            self.step += 1;
        } else {
            self.before = Some(self.number);
            self.number = (self.number + 1) % power_of_ten(self.places);
            self.step = 1;
        }
    }

    /// The latent of the digit in `place`, counted from 0 at the left; none if it does not change, or if there is no such
    /// place.
    pub fn latent(&self, place: usize) -> Option<Latent> {
        let new = Latent::of_picture(self.seed(place)?);
        let Some(before) = self.before else { return Some(new) };
        let unit = self.unit(place)?;
        if before / unit == self.number / unit {
            return None;
        }
        Some(Latent::of_picture(self.seed_at(before, place)?).blend(&new, self.weight()))
    }

    /// The digit in `place`; none if there is no such place.
    pub fn digit(&self, place: usize) -> Option<u8> {
        Some((self.number / self.unit(place)? % 10) as u8)
    }

    /// The seed that draws that digit.
    pub fn seed(&self, place: usize) -> Option<u32> {
        self.seed_at(self.number, place)
    }

    fn seed_at(&self, number: u32, place: usize) -> Option<u32> {
        let shifted = number / self.unit(place)?;
        // How often this digit was in this place before.
        let variant = shifted / 10 + PLACE_OFFSET * place as u32;
        self.digits.seed((shifted % 10) as u8, variant)
    }

    /// The value of a 1 in `place`.
    fn unit(&self, place: usize) -> Option<u32> {
        (place < self.places).then(|| power_of_ten(self.places - 1 - place))
    }
}

fn power_of_ten(exponent: usize) -> u32 {
    10_u32.pow(exponent as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use pocketgan_core::infer::model::{DIGITS, ModelError};
    use std::vec::Vec;

    /// 16 seeds per digit: 100 * digit + variant.
    fn seeds() -> Vec<u32> {
        (0..160).map(|i| 100 * (i / 16) + i % 16).collect()
    }

    fn at(number: u32, places: usize, seeds: &[u32]) -> NumberCounter<'_> {
        NumberCounter::at(number, places, DigitSeeds::new(&[16; DIGITS], seeds).unwrap()).unwrap()
    }

    fn advanced(mut counter: NumberCounter<'_>, steps: u32) -> NumberCounter<'_> {
        (0..steps).for_each(|_| counter.advance());
        counter
    }

    fn seeds_of(counter: &NumberCounter) -> Vec<u32> {
        (0..4).map_while(|place| counter.seed(place)).collect()
    }

    #[test]
    fn a_counter_starts_at_the_last_digits_of_its_number_and_draws_them_all() {
        let seeds = seeds();
        let counter = at(72_026, 4, &seeds);
        assert_eq!((counter.number(), counter.previous()), (2026, None));
        assert_eq!([0, 1, 2, 3, 4].map(|place| counter.digit(place)), [Some(2), Some(0), Some(2), Some(6), None]);
        for place in 0..4 {
            assert_eq!(counter.latent(place), counter.seed(place).map(Latent::of_picture));
        }
        assert_eq!(counter.latent(4), None);
    }

    #[test]
    fn equal_digits_in_different_places_are_drawn_from_different_seeds() {
        let seeds = seeds();
        assert_eq!(seeds_of(&at(0, 4, &seeds)), [0, 4, 8, 12]);
        assert_eq!(seeds_of(&at(9999, 4, &seeds)), [900, 900 + 13, 900 + (99 + 8) % 16, 900 + (999 + 12) % 16]);
    }

    #[test]
    fn a_digit_that_returns_to_its_place_is_drawn_from_another_seed() {
        let seeds = seeds();
        let last = |number| at(number, 4, &seeds).seed(3).unwrap();
        assert_eq!([7, 17, 27].map(last), [712, 713, 714]);
    }

    #[test]
    fn only_digits_that_change_are_drawn_between_two_numbers() {
        let seeds = seeds();
        let before = at(1099, 4, &seeds);
        for step in 1..=STEPS {
            let counter = advanced(before.clone(), step);
            assert_eq!(counter.number(), 1100);
            assert_eq!(counter.previous(), (step < STEPS).then_some(1099));
            assert_eq!(counter.latent(0), None);
            for place in 1..4 {
                let [from, to] = [&before, &counter].map(|of| Latent::of_picture(of.seed(place).unwrap()));
                let weight = morph::weight(step, STEPS);
                assert_eq!(counter.latent(place), Some(from.blend(&to, weight)), "place {place}, step {step}");
            }
        }
        let after = advanced(before, STEPS + 1);
        assert_eq!((after.number(), after.previous()), (1101, Some(1100)));
        assert!((0..3).all(|place| after.latent(place).is_none()) && after.latent(3).is_some());
    }

    #[test]
    fn zero_follows_the_largest_number_and_all_places_change() {
        let seeds = seeds();
        for (number, places) in [(9, 1), (9999, 4), (999_999_999, 9)] {
            let counter = advanced(at(number, places, &seeds), STEPS);
            assert_eq!(counter.number(), 0);
            assert!((0..places).all(|place| counter.latent(place).is_some()));
        }
    }

    #[test]
    fn a_counter_needs_places_and_a_seed_for_every_digit() -> Result<(), ModelError> {
        let seeds = seeds();
        let all = DigitSeeds::new(&[16; DIGITS], &seeds)?;
        assert!([0, 10].iter().all(|&places| NumberCounter::at(0, places, all).is_none()));
        let mut counts = [1; DIGITS];
        counts[6] = 0;
        assert!(NumberCounter::at(0, 4, DigitSeeds::new(&counts, &seeds[..9])?).is_none());
        assert!(NumberCounter::at(0, 4, DigitSeeds::new(&[0; DIGITS], &[])?).is_none());
        assert!(NumberCounter::at(0, 1, DigitSeeds::named(&[1], &[7], b"\x01A")?).is_none());
        Ok(())
    }
}
