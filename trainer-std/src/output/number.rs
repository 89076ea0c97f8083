//! A number to draw, and the seeds that draw its digits.

use std::str::FromStr;

use anyhow::Result;
use clap::Args;
use pocketgan_core::infer::model::DIGITS;

/// Most digits of a number.
const LONGEST: usize = 100;

/// Which digits to draw, and how.
#[derive(Args, Clone, Debug)]
pub(crate) struct NumberArguments {
    /// Draw these digits side by side, such as 2026, by the seeds that the model has for them
    #[arg(long, value_name = "DIGITS", conflicts_with_all = ["seed", "count"])]
    pub(crate) digits: Option<Number>,
    /// The way to draw them, of up to sixteen; a digit that comes again is drawn in the next one
    #[arg(long, value_name = "N", default_value_t = 0, requires = "digits")]
    pub(crate) variant: u32,
}

/// Digits in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number(Vec<u8>);

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
        match text.bytes().map(digit).collect::<Option<Vec<u8>>>() {
            Some(digits) if (1..=LONGEST).contains(&digits.len()) => Ok(Self(digits)),
            _ => Err(format!("1 to {LONGEST} digits from 0 to 9 are needed")),
        }
    }
}

impl Number {
    /// The seed of each digit. `seed_of` gives that of a digit in one of its ways; the first time that a digit comes, in
    /// way `variant`, and then each time in the next.
    ///
    /// # Errors
    /// The first of `seed_of`.
    pub(crate) fn seeds(&self, variant: u32, mut seed_of: impl FnMut(u8, u32) -> Result<u32>) -> Result<Vec<u32>> {
        let mut next = [variant; DIGITS];
        let mut seed = |&digit: &u8| {
            let variant = &mut next[usize::from(digit)];
            let seed = seed_of(digit, *variant)?;
            *variant = variant.wrapping_add(1);
            Ok(seed)
        };
        self.0.iter().map(&mut seed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::ensure;

    #[test]
    fn only_digits_are_a_number() {
        assert_eq!("0190".parse(), Ok(Number(vec![0, 1, 9, 0])));
        assert!("7".repeat(100).parse::<Number>().is_ok());
        for text in ["", "-1", "1.5", "2o26", "٣", " 1", &"7".repeat(101)] {
            assert!(text.parse::<Number>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_digit_that_comes_again_is_drawn_in_the_next_way() {
        let number: Number = "2022".parse().unwrap();
        let seeds = number.seeds(u32::MAX, |digit, variant| Ok(100 * u32::from(digit) + variant % 10)).unwrap();
        assert_eq!(seeds, [205, 5, 200, 201]);
    }

    #[test]
    fn a_digit_without_a_seed_is_an_error() {
        let number: Number = "123".parse().unwrap();
        let without_two = |digit, _| {
            ensure!(digit != 2, "no {digit}");
            Ok(0)
        };
        assert_eq!(number.seeds(0, without_two).unwrap_err().to_string(), "no 2");
    }
}
