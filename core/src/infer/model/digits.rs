//! The optional table of a model file that lists seeds for each digit, or for each of other classes with their names.

use super::ModelError;

/// Number of digits: the classes of a model without names.
pub const DIGITS: usize = 10;

/// Most seeds for each class in a table.
pub const MAX_SEEDS: usize = 16;

/// Most classes of a model.
pub const MAX_CLASSES: usize = 64;

/// Most bytes of a class's name.
pub const MAX_NAME: usize = 31;

/// Seeds that draw each digit, borrowed from a model file.
///
/// If the model was trained on other images than digits, its classes may have names, and there may be fewer or more than
/// ten; a digit is then the number of a class.
///
/// ```
/// use pocketgan_core::infer::model::DigitSeeds;
///
/// let table = DigitSeeds::new(&[0, 0, 2, 0, 0, 0, 0, 1, 0, 0], &[20, 21, 70])?;
/// assert_eq!(table.of(2), [20, 21]);
/// assert_eq!([0, 1, 2].map(|variant| table.seed(2, variant)), [Some(20), Some(21), Some(20)]);
/// assert_eq!((table.seed(3, 0), table.class_of("7")), (None, Some(7)));
///
/// let named = DigitSeeds::named(&[1, 1], &[5, 9], b"\x03cat\x03dog")?;
/// assert_eq!((named.class_of("dog"), named.name(0)), (Some(1), Some("cat")));
/// # Ok::<(), pocketgan_core::infer::model::ModelError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigitSeeds<'a> {
    /// One for each class.
    pub(super) counts: &'a [u8],
    /// The seeds of class 0, then those of 1, and so on.
    pub(super) seeds: &'a [u32],
    /// A length and as many bytes of UTF-8 for each class; empty if the classes are digits.
    pub(super) names: &'a [u8],
}

impl<'a> DigitSeeds<'a> {
    /// A table without seeds.
    pub const NONE: DigitSeeds<'static> = DigitSeeds { counts: &[0; DIGITS], seeds: &[], names: &[] };

    /// A table with `counts[digit]` seeds for each of the ten digits, which are consecutive in `seeds`.
    ///
    /// # Errors
    /// [`ModelError::Digits`] if there are not ten counts, one is above [`MAX_SEEDS`], or their sum is not the number of
    /// `seeds`.
    pub fn new(counts: &'a [u8], seeds: &'a [u32]) -> Result<Self, ModelError> {
        let has_ten = counts.len() == DIGITS;
        if has_ten && seed_count(counts)? == seeds.len() {
            Ok(Self { counts, seeds, names: &[] })
        } else {
            Err(ModelError::Digits)
        }
    }

    /// A table of classes with `names`: for each, its length as a byte and as many bytes of UTF-8.
    ///
    /// # Errors
    /// [`ModelError::Digits`] as [`new`](Self::new), and [`ModelError::Names`] if there are not 1 to [`MAX_CLASSES`]
    /// names, as many as counts, each of 1 to [`MAX_NAME`] bytes.
    pub fn named(counts: &'a [u8], seeds: &'a [u32], names: &'a [u8]) -> Result<Self, ModelError> {
        check_names(counts.len(), names)?;
        if seed_count(counts)? == seeds.len() { Ok(Self { counts, seeds, names }) } else { Err(ModelError::Digits) }
    }

    /// The number of seeds for each class.
    pub fn counts(&self) -> &'a [u8] {
        self.counts
    }

    /// All seeds: those of class 0, then those of 1, and so on.
    pub fn seeds(&self) -> &'a [u32] {
        self.seeds
    }

    /// The names as they are stored; empty if the classes are digits.
    pub fn names(&self) -> &'a [u8] {
        self.names
    }

    /// Whether the classes have names. If not, they are the ten digits.
    pub fn is_named(&self) -> bool {
        !self.names.is_empty()
    }

    /// The name of `class`; none if the classes are digits or there is no such class.
    pub fn name(&self, class: u8) -> Option<&'a str> {
        each_name(self.names).nth(class.into())
    }

    /// The class with this name, or the digit.
    pub fn class_of(&self, name: &str) -> Option<u8> {
        if self.is_named() {
            return each_name(self.names).position(|known| known == name).map(|class| class as u8);
        }
        match name.as_bytes() {
            [digit @ b'0'..=b'9'] => Some(digit - b'0'),
            _ => None,
        }
    }

    /// The seeds of `digit`, most typical picture first; empty if the table has none or there is no such class.
    pub fn of(&self, digit: u8) -> &'a [u32] {
        let digit = usize::from(digit);
        let start = self.counts.iter().take(digit).map(|&count| usize::from(count)).sum();
        let count = self.counts.get(digit).map_or(0, |&count| usize::from(count));
        self.seeds.get(start..start + count).unwrap_or_default()
    }

    /// A seed of `digit`. Variants count through its seeds, and start again after the last; `None` if it has no seeds.
    pub fn seed(&self, digit: u8, variant: u32) -> Option<u32> {
        let seeds = self.of(digit);
        seeds.get((variant as usize).checked_rem(seeds.len())?).copied()
    }

    /// Whether every class has a seed.
    pub fn is_complete(&self) -> bool {
        self.counts.iter().all(|&count| count > 0)
    }
}

/// The names in `names`, up to the first that is not one.
fn each_name(names: &[u8]) -> impl Iterator<Item = &str> {
    let mut rest = names;
    core::iter::from_fn(move || {
        let (&len, bytes) = rest.split_first()?;
        let (name, others) = bytes.split_at_checked(len.into())?;
        rest = others;
        core::str::from_utf8(name).ok()
    })
}

/// Checks that there are `count` names and nothing else.
#[inline(never)]
pub(super) fn check_names(count: usize, names: &[u8]) -> Result<(), ModelError> {
    let (mut found, mut bytes) = (0, 0);
    for name in each_name(names) {
        if !(1..=MAX_NAME).contains(&name.len()) {
            return Err(ModelError::Names);
        }
        found += 1;
        bytes += 1 + name.len();
    }
    let fits = (1..=MAX_CLASSES).contains(&count) && found == count && bytes == names.len();
    if fits { Ok(()) } else { Err(ModelError::Names) }
}

/// The number of seeds in a table with these counts.
///
/// # Errors
/// [`ModelError::Digits`] if a count is above [`MAX_SEEDS`].
// Not inlined and unrolled, which would cost a device's flash.
#[inline(never)]
pub(super) fn seed_count(counts: &[u8]) -> Result<usize, ModelError> {
    let mut sum = 0;
    for &count in counts {
        if usize::from(count) > MAX_SEEDS {
            return Err(ModelError::Digits);
        }
        sum += usize::from(count);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;

    const COUNTS: [u8; DIGITS] = [2, 0, 3, 1, 0, 0, 0, 0, 0, 1];
    const SEEDS: [u32; 7] = [10, 11, 20, 21, 22, 30, 90];

    #[test]
    fn each_digit_has_its_seeds_and_variants_wrap_around() {
        let table = DigitSeeds::new(&COUNTS, &SEEDS).unwrap();
        assert_eq!([0, 1, 2, 3, 9].map(|digit| table.of(digit)), [&[10, 11][..], &[], &[20, 21, 22], &[30], &[90]]);
        assert_eq!([0, 1, 2, 3, u32::MAX].map(|variant| table.seed(2, variant)), [20, 21, 22, 20, 20].map(Some));
        assert_eq!(table.seed(1, 0), None);
    }

    #[test]
    fn numbers_above_9_have_no_seeds() {
        let table = DigitSeeds::new(&COUNTS, &SEEDS).unwrap();
        assert!([10, 11, 255].iter().all(|&digit| table.of(digit).is_empty() && table.seed(digit, 1).is_none()));
    }

    #[test]
    fn a_table_is_complete_if_no_digit_is_missing() {
        assert!(!DigitSeeds::new(&COUNTS, &SEEDS).unwrap().is_complete());
        assert!(DigitSeeds::new(&[1; DIGITS], &[0; DIGITS]).unwrap().is_complete());
    }

    #[test]
    fn counts_that_are_too_large_or_do_not_match_the_seeds_are_rejected() {
        let seeds = [0; 170];
        let mut counts = [0; DIGITS];
        counts[4] = 16;
        assert!(DigitSeeds::new(&counts, &seeds[..16]).is_ok());
        assert_eq!(DigitSeeds::new(&counts, &seeds[..15]), Err(ModelError::Digits));
        assert_eq!(DigitSeeds::new(&counts[..9], &seeds[..16]), Err(ModelError::Digits));
        counts[4] = 17;
        assert_eq!(DigitSeeds::new(&counts, &seeds[..17]), Err(ModelError::Digits));
    }

    #[test]
    fn classes_are_found_by_their_names_and_digits_by_themselves() {
        let named = DigitSeeds::named(&[1, 0, 2], &[7, 8, 9], "\x03cat\x05\u{e9}tui\x01A".as_bytes()).unwrap();
        assert_eq!([0, 1, 2, 3].map(|class| named.name(class)), [Some("cat"), Some("\u{e9}tui"), Some("A"), None]);
        assert_eq!(["A", "cat", "a", "", "2"].map(|name| named.class_of(name)), [Some(2), Some(0), None, None, None]);
        assert_eq!((named.of(2), named.is_named(), named.is_complete()), (&[8, 9][..], true, false));
        let digits = DigitSeeds::new(&COUNTS, &SEEDS).unwrap();
        assert_eq!(["0", "9", "10", "x", ""].map(|name| digits.class_of(name)), [Some(0), Some(9), None, None, None]);
        assert_eq!((digits.name(0), digits.is_named()), (None, false));
    }

    #[test]
    fn names_that_are_not_one_for_each_class_are_rejected() {
        let long = [&[31][..], &[b'x'; 31]].concat();
        assert!(DigitSeeds::named(&[0], &[], &long).is_ok());
        let longer = [&[32][..], &[b'x'; 32]].concat();
        for names in [&b""[..], b"\x00", b"\x03ca", b"\x01a\x01b", b"\x01a\x00", b"\x01\xff", b"\x01a\x01\xff", &longer]
        {
            assert_eq!(DigitSeeds::named(&[0], &[], names), Err(ModelError::Names), "{names:?}");
        }
        let (counts, names) = ([0; MAX_CLASSES + 1], b"\x01a".repeat(MAX_CLASSES + 1));
        assert!(DigitSeeds::named(&counts[1..], &[], &names[2..]).is_ok());
        assert_eq!(DigitSeeds::named(&counts, &[], &names), Err(ModelError::Names));
        assert_eq!(DigitSeeds::named(&[1], &[], b"\x01a"), Err(ModelError::Digits));
    }
}
