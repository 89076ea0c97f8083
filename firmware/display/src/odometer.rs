//! A counter of drawn digits: those that change turn softly into the next ones, each time drawn in another way.

use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::DigitSeeds;
use pocketgan_core::infer::morph;

/// Steps in which a digit turns into the next.
pub const STEPS: u32 = 8;

/// Most places: those of the largest power of ten.
const MOST_PLACES: usize = 9;

/// Places that show the same digit differ by so many ways to draw it.
const APART: u32 = 4;

/// A counter as it stands: at a number, or on the way to it from the one before.
#[derive(Clone, Debug)]
pub struct Odometer<'a> {
    digits: DigitSeeds<'a>,
    places: usize,
    number: u32,
    /// None at the number that it begins with.
    before: Option<u32>,
    step: u32,
}

impl<'a> Odometer<'a> {
    /// A counter of so many `places` that stands at `number`, or at its last digits. None if it has no place, or more than
    /// nine, or if there is a digit that `digits` cannot draw.
    pub fn at(number: u32, places: usize, digits: DigitSeeds<'a>) -> Option<Self> {
        if !(1..=MOST_PLACES).contains(&places) || !digits.is_complete() {
            return None;
        }
        Some(Self { digits, places, number: number % power_of_ten(places), before: None, step: STEPS })
    }

    /// The number at which it stands, or to which it is on the way.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The number from which it is on the way; none at a number.
    pub fn left(&self) -> Option<u32> {
        self.before.filter(|_| self.step < STEPS)
    }

    /// How far it is, from 0 to [`morph::FULL_WEIGHT`].
    pub fn weight(&self) -> u16 {
        morph::weight(self.step, STEPS)
    }

    /// Goes on by a step, round the largest number that has room.
    pub fn advance(&mut self) {
        if self.step < STEPS {
            self.step += 1;
        } else {
            self.before = Some(self.number);
            self.number = (self.number + 1) % power_of_ten(self.places);
            self.step = 1;
        }
    }

    /// What the digit in `place` is drawn from, counted from 0 at the left; none if it is not changing, or if there is no
    /// such place.
    pub fn latent(&self, place: usize) -> Option<Latent> {
        let new = Latent::of_picture(self.seed(place)?);
        let Some(before) = self.before else { return Some(new) };
        let unit = self.unit(place)?;
        if before / unit == self.number / unit {
            return None;
        }
        Some(Latent::of_picture(self.seed_at(before, place)?).blend(&new, self.weight()))
    }

    /// The digit of the number in `place`; none if there is no such place.
    pub fn digit(&self, place: usize) -> Option<u8> {
        Some((self.number / self.unit(place)? % 10) as u8)
    }

    /// The seed that draws that digit.
    pub fn seed(&self, place: usize) -> Option<u32> {
        self.seed_at(self.number, place)
    }

    fn seed_at(&self, number: u32, place: usize) -> Option<u32> {
        let shifted = number / self.unit(place)?;
        // How often the place has shown this digit before.
        let variant = shifted / 10 + APART * place as u32;
        self.digits.seed((shifted % 10) as u8, variant)
    }

    /// What 1 in `place` stands for.
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

    /// Seed 100 * digit + variant draws a digit, in one of 16 ways.
    fn seeds() -> Vec<u32> {
        (0..160).map(|i| 100 * (i / 16) + i % 16).collect()
    }

    fn at(number: u32, places: usize, seeds: &[u32]) -> Odometer<'_> {
        Odometer::at(number, places, DigitSeeds::new([16; DIGITS], seeds).unwrap()).unwrap()
    }

    fn advanced(mut odometer: Odometer<'_>, steps: u32) -> Odometer<'_> {
        (0..steps).for_each(|_| odometer.advance());
        odometer
    }

    fn seeds_of(odometer: &Odometer) -> Vec<u32> {
        (0..4).map_while(|place| odometer.seed(place)).collect()
    }

    #[test]
    fn it_begins_with_the_last_digits_of_its_number_and_draws_them_all() {
        let seeds = seeds();
        let odometer = at(72_026, 4, &seeds);
        assert_eq!((odometer.number(), odometer.left()), (2026, None));
        assert_eq!([0, 1, 2, 3, 4].map(|place| odometer.digit(place)), [Some(2), Some(0), Some(2), Some(6), None]);
        for place in 0..4 {
            assert_eq!(odometer.latent(place), odometer.seed(place).map(Latent::of_picture));
        }
        assert_eq!(odometer.latent(4), None);
    }

    #[test]
    fn equal_digits_in_different_places_are_drawn_in_different_ways() {
        let seeds = seeds();
        assert_eq!(seeds_of(&at(0, 4, &seeds)), [0, 4, 8, 12]);
        assert_eq!(seeds_of(&at(9999, 4, &seeds)), [900, 900 + 13, 900 + (99 + 8) % 16, 900 + (999 + 12) % 16]);
    }

    #[test]
    fn a_digit_that_comes_again_in_its_place_is_drawn_in_another_way() {
        let seeds = seeds();
        let last = |number| at(number, 4, &seeds).seed(3).unwrap();
        assert_eq!([7, 17, 27].map(last), [712, 713, 714]);
    }

    #[test]
    fn only_what_changes_is_drawn_on_the_way_from_one_digit_to_the_next() {
        let seeds = seeds();
        let before = at(1099, 4, &seeds);
        for step in 1..=STEPS {
            let odometer = advanced(before.clone(), step);
            assert_eq!(odometer.number(), 1100);
            assert_eq!(odometer.left(), (step < STEPS).then_some(1099));
            assert_eq!(odometer.latent(0), None);
            for place in 1..4 {
                let [from, to] = [&before, &odometer].map(|of| Latent::of_picture(of.seed(place).unwrap()));
                let weight = morph::weight(step, STEPS);
                assert_eq!(odometer.latent(place), Some(from.blend(&to, weight)), "place {place}, step {step}");
            }
        }
        let after = advanced(before, STEPS + 1);
        assert_eq!((after.number(), after.left()), (1101, Some(1100)));
        assert!((0..3).all(|place| after.latent(place).is_none()) && after.latent(3).is_some());
    }

    #[test]
    fn after_the_largest_number_comes_zero_and_all_places_change() {
        let seeds = seeds();
        for (number, places) in [(9, 1), (9999, 4), (999_999_999, 9)] {
            let odometer = advanced(at(number, places, &seeds), STEPS);
            assert_eq!(odometer.number(), 0);
            assert!((0..places).all(|place| odometer.latent(place).is_some()));
        }
    }

    #[test]
    fn there_is_none_without_places_or_with_a_digit_missing() -> Result<(), ModelError> {
        let seeds = seeds();
        let all = DigitSeeds::new([16; DIGITS], &seeds)?;
        assert!([0, 10].iter().all(|&places| Odometer::at(0, places, all).is_none()));
        let mut counts = [1; DIGITS];
        counts[6] = 0;
        assert!(Odometer::at(0, 4, DigitSeeds::new(counts, &seeds[..9])?).is_none());
        assert!(Odometer::at(0, 4, DigitSeeds::new([0; DIGITS], &[])?).is_none());
        Ok(())
    }
}
