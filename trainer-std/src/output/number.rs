//! A number, a word or classes to draw, and the seeds that draw them.

use std::collections::BTreeMap;
use std::str::FromStr;

use anyhow::{Result, bail};
use clap::Args;

/// Most digits of a number, and letters of a word.
const LONGEST: usize = 100;

/// Which classes to draw, and how.
#[derive(Args, Clone, Debug)]
pub(crate) struct NumberArguments {
    /// Draw these digits side by side, such as 2026, by the seeds that the model has for them
    #[arg(long, value_name = "DIGITS", group = "chosen", conflicts_with_all = ["seed", "count"])]
    pub(crate) digits: Option<Number>,
    /// Draw this word by classes whose names are its characters, such as HELLO
    #[arg(long, value_name = "WORD", value_parser = word, group = "chosen", conflicts_with_all = ["seed", "count"])]
    pub(crate) text: Option<String>,
    /// Draw a picture of the class with this name, such as sandal; may be repeated, and stands side by side then
    #[arg(long, value_name = "NAME", group = "chosen", conflicts_with_all = ["seed", "count"])]
    pub(crate) class: Vec<String>,
    /// The way to draw them, of up to sixteen, after which they begin again; a class that comes again is drawn in the next one
    #[arg(long, value_name = "N", default_value_t = 0, requires = "chosen")]
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

fn word(text: &str) -> Result<String, String> {
    match (1..=LONGEST).contains(&text.chars().count()) {
        true => Ok(text.to_owned()),
        false => Err(format!("1 to {LONGEST} characters are needed")),
    }
}

/// The classes of a model: its names, or none for digits.
#[derive(Default)]
pub(crate) struct ClassNames(pub(crate) Vec<String>);

impl ClassNames {
    /// The class that somebody calls `name`: exactly, or but for capitals, spaces and dashes.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn find(&self, name: &str) -> Result<u8> {
        let Self(names) = self;
        let plain = |name: &str| name.to_lowercase().replace([' ', '_'], "-");
        let exact = names.iter().position(|known| known == name);
        let alike: Vec<usize> = (0..names.len()).filter(|&at| plain(&names[at]) == plain(name)).collect();
        let digit = name.parse::<u8>().ok().filter(|&digit| names.is_empty() && digit < 10 && name.len() == 1);
        match (exact, &alike[..], digit) {
            (Some(class), ..) | (None, &[class], _) => Ok(class as u8),
            (_, _, Some(digit)) => Ok(digit),
            _ if names.is_empty() => bail!("the model has no class {name:?}; its classes are the digits 0 to 9"),
            _ => bail!("the model has no class {name:?}; it has {}", names.join(", ")),
        }
    }
}

impl NumberArguments {
    /// Whether anything was chosen.
    pub(crate) fn is_given(&self) -> bool {
        self.digits.is_some() || self.text.is_some() || !self.class.is_empty()
    }

    /// The numbers of the chosen classes.
    ///
    /// # Errors
    /// If a model with these names has no such class.
    fn classes(&self, names: &ClassNames) -> Result<Vec<u8>> {
        let digits = self.digits.iter().flat_map(|Number(digits)| digits).map(u8::to_string);
        let characters = self.text.iter().flat_map(|text| text.chars()).map(String::from);
        digits.chain(characters).chain(self.class.iter().cloned()).map(|name| names.find(&name)).collect()
    }

    /// The seed of each chosen class. `seed_of` gives that of a class in one of its ways; the first time that a class comes,
    /// in way `variant`, and then each time in the next.
    ///
    /// # Errors
    /// If there is no such class, and the first of `seed_of`.
    pub(crate) fn seeds(
        &self,
        names: &ClassNames,
        mut seed_of: impl FnMut(u8, u32) -> Result<u32>,
    ) -> Result<Vec<u32>> {
        let mut next = BTreeMap::new();
        let mut seed = |class: u8| {
            let variant = next.entry(class).or_insert(self.variant);
            let seed = seed_of(class, *variant)?;
            *variant = variant.wrapping_add(1);
            Ok(seed)
        };
        self.classes(names)?.into_iter().map(&mut seed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::ensure;

    const NOTHING: NumberArguments = NumberArguments { digits: None, text: None, class: Vec::new(), variant: 0 };

    fn digits(digits: &str) -> NumberArguments {
        NumberArguments { digits: digits.parse().ok(), ..NOTHING }
    }

    fn text(text: &str) -> NumberArguments {
        NumberArguments { text: Some(text.into()), ..NOTHING }
    }

    fn classes(names: &[&str]) -> NumberArguments {
        NumberArguments { class: names.iter().map(|&name| name.into()).collect(), ..NOTHING }
    }

    fn names(names: &[&str]) -> ClassNames {
        ClassNames(names.iter().map(|&name| name.to_owned()).collect())
    }

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
        let number = NumberArguments { variant: u32::MAX, ..digits("2022") };
        let seeds = number.seeds(&names(&[]), |digit, variant| Ok(100 * u32::from(digit) + variant % 10)).unwrap();
        assert_eq!(seeds, [205, 5, 200, 201]);
    }

    #[test]
    fn a_digit_without_a_seed_is_an_error() {
        let without_two = |digit, _| {
            ensure!(digit != 2, "no {digit}");
            Ok(0)
        };
        assert_eq!(digits("123").seeds(&names(&[]), without_two).unwrap_err().to_string(), "no 2");
    }

    #[test]
    fn classes_are_found_by_their_names_whatever_their_capitals_and_spaces() {
        let clothes = names(&["T-shirt/top", "Sandal", "Ankle boot"]);
        assert_eq!(classes(&["sandal", "ankle-boot"]).classes(&clothes).unwrap(), [1, 2]);
        let letters = names(&["a", "A", "b"]);
        assert_eq!(text("AaBb").classes(&letters).unwrap(), [1, 0, 2, 2]);
        let message = classes(&["c"]).classes(&letters).unwrap_err().to_string();
        assert_eq!(message, "the model has no class \"c\"; it has a, A, b");
    }

    #[test]
    fn digits_are_classes_of_these_names() {
        assert_eq!(text("20").classes(&names(&[])).unwrap(), [2, 0]);
        assert_eq!(digits("20").classes(&names(&["2", "1", "0"])).unwrap(), [0, 2]);
        let message = digits("20").classes(&names(&["x", "y", "z"])).unwrap_err().to_string();
        assert_eq!(message, "the model has no class \"2\"; it has x, y, z");
        assert!(classes(&["10"]).classes(&names(&[])).is_err());
    }
}
