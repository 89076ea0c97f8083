//! The classes of labelled images: the ten digits, or others with names.

use anyhow::{Result, bail, ensure};
use pocketgan_core::infer::model::{DIGITS, MAX_CLASSES, MAX_NAME};

/// The classes of a set of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Classes {
    /// Empty if the classes are digits.
    names: Vec<String>,
}

impl Classes {
    /// The ten digits.
    pub(crate) const DIGITS: Self = Self { names: Vec::new() };

    /// Classes with these names, of which there is at least one. Names too long for a model file are cut.
    ///
    /// # Errors
    /// If there are too many, or if one is empty or comes twice.
    pub(crate) fn named(names: impl IntoIterator<Item = String>) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(|name| cut(name.trim()).to_owned()).collect();
        let count = names.len();
        ensure!(count <= MAX_CLASSES, "there are {count} classes, and at most {MAX_CLASSES} can be told apart");
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort();
        ensure!(sorted.iter().all(|name| !name.is_empty()), "a class has an empty name");
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            bail!("two classes have the name {:?} (of which the first {MAX_NAME} bytes count)", pair[0]);
        }
        let are_digits = names.len() == DIGITS && names.iter().enumerate().all(|(i, name)| *name == i.to_string());
        Ok(if are_digits { Self::DIGITS } else { Self { names } })
    }

    /// Classes that are called by these different numbers, in ascending order: digits, if they are 0 to 9.
    pub(crate) fn numbered(numbers: &[u32]) -> Self {
        match numbers.iter().copied().eq(0..DIGITS as u32) {
            true => Self::DIGITS,
            false => Self { names: numbers.iter().map(u32::to_string).collect() },
        }
    }

    pub(crate) fn count(&self) -> usize {
        if self.names.is_empty() { DIGITS } else { self.names.len() }
    }

    /// What to call a class.
    pub(crate) fn name(&self, class: usize) -> String {
        self.names.get(class).cloned().unwrap_or_else(|| class.to_string())
    }

    /// All names; none if the classes are digits.
    pub(crate) fn names(&self) -> Option<&[String]> {
        (!self.names.is_empty()).then_some(&self.names)
    }

    /// What classes like these are called in a sentence, one and many.
    pub(crate) fn noun(&self) -> [&'static str; 2] {
        if self.names.is_empty() { ["digit", "digits"] } else { ["class", "classes"] }
    }
}

/// As many whole characters of `name` as a model file has room for.
fn cut(name: &str) -> &str {
    let ends = name.char_indices().map(|(at, c)| at + c.len_utf8());
    name[..ends.take_while(|&end| end <= MAX_NAME).last().unwrap_or(0)].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Result<Classes> {
        Classes::named(names.iter().map(|&name| name.to_owned()))
    }

    #[test]
    fn ten_classes_called_0_to_9_are_the_digits() {
        let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        assert_eq!(named(&digits).unwrap(), Classes::DIGITS);
        assert_eq!((Classes::DIGITS.count(), Classes::DIGITS.name(3), Classes::DIGITS.names()), (10, "3".into(), None));
        let swapped = named(&["1", "0", "2", "3", "4", "5", "6", "7", "8", "9"]).unwrap();
        assert_eq!((swapped.count(), swapped.name(0)), (10, "1".into()));
        assert_eq!(Classes::numbered(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), Classes::DIGITS);
        let few = Classes::numbered(&[3, 11]);
        assert_eq!((few.count(), few.name(1)), (2, "11".into()));
    }

    #[test]
    fn long_names_are_cut_between_characters_and_must_differ() {
        let long = named(&["é".repeat(40).as_str(), "b"]).unwrap();
        assert_eq!(long.name(0), "é".repeat(15));
        for (names, words) in [
            (vec!["a", "b", "a "], "the name \"a\""),
            (vec!["a", " "], "empty name"),
            (vec!["0123456789012345678901234567890x", "0123456789012345678901234567890y"], "two classes"),
            (vec!["x"; 65], "there are 65 classes"),
        ] {
            let message = named(&names).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
