//! The optional table of a model file that lists seeds for each digit.

use super::ModelError;

/// Number of digits.
pub const DIGITS: usize = 10;

/// Most seeds for each digit in a table.
pub const MAX_SEEDS: usize = 16;

/// The number of seeds for each digit.
pub type DigitCounts = [u8; DIGITS];

/// Seeds that draw each digit, borrowed from a model file.
///
/// If the model was trained on other images than digits, a digit is the label of a class.
///
/// ```
/// use pocketgan_core::infer::model::DigitSeeds;
///
/// let table = DigitSeeds::new([0, 0, 2, 0, 0, 0, 0, 1, 0, 0], &[20, 21, 70])?;
/// assert_eq!(table.of(2), [20, 21]);
/// assert_eq!([0, 1, 2].map(|variant| table.seed(2, variant)), [Some(20), Some(21), Some(20)]);
/// assert_eq!(table.seed(3, 0), None);
/// # Ok::<(), pocketgan_core::infer::model::ModelError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigitSeeds<'a> {
    pub(super) counts: DigitCounts,
    /// The seeds of digit 0, then those of 1, and so on.
    pub(super) seeds: &'a [u32],
}

impl<'a> DigitSeeds<'a> {
    /// A table without seeds.
    pub const NONE: DigitSeeds<'static> = DigitSeeds { counts: [0; DIGITS], seeds: &[] };

    /// A table with `counts[digit]` seeds for each digit, which are consecutive in `seeds`.
    ///
    /// # Errors
    /// [`ModelError::Digits`] if a count is above [`MAX_SEEDS`], or if their sum is not the number of `seeds`.
    pub fn new(counts: DigitCounts, seeds: &'a [u32]) -> Result<Self, ModelError> {
        if seed_count(&counts)? == seeds.len() { Ok(Self { counts, seeds }) } else { Err(ModelError::Digits) }
    }

    /// The number of seeds for each digit.
    pub fn counts(&self) -> &DigitCounts {
        &self.counts
    }

    /// All seeds: those of digit 0, then those of 1, and so on.
    pub fn seeds(&self) -> &'a [u32] {
        self.seeds
    }

    /// The seeds of `digit`, most typical picture first; empty if the table has none or `digit` is above 9.
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

    /// Whether every digit has a seed.
    pub fn is_complete(&self) -> bool {
        self.counts.iter().all(|&count| count > 0)
    }
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

    const COUNTS: DigitCounts = [2, 0, 3, 1, 0, 0, 0, 0, 0, 1];
    const SEEDS: [u32; 7] = [10, 11, 20, 21, 22, 30, 90];

    #[test]
    fn each_digit_has_its_seeds_and_variants_wrap_around() {
        let table = DigitSeeds::new(COUNTS, &SEEDS).unwrap();
        assert_eq!([0, 1, 2, 3, 9].map(|digit| table.of(digit)), [&[10, 11][..], &[], &[20, 21, 22], &[30], &[90]]);
        assert_eq!([0, 1, 2, 3, u32::MAX].map(|variant| table.seed(2, variant)), [20, 21, 22, 20, 20].map(Some));
        assert_eq!(table.seed(1, 0), None);
    }

    #[test]
    fn numbers_above_9_have_no_seeds() {
        let table = DigitSeeds::new(COUNTS, &SEEDS).unwrap();
        assert!([10, 11, 255].iter().all(|&digit| table.of(digit).is_empty() && table.seed(digit, 1).is_none()));
    }

    #[test]
    fn a_table_is_complete_if_no_digit_is_missing() {
        assert!(!DigitSeeds::new(COUNTS, &SEEDS).unwrap().is_complete());
        assert!(DigitSeeds::new([1; DIGITS], &[0; DIGITS]).unwrap().is_complete());
    }

    #[test]
    fn counts_that_are_too_large_or_do_not_match_the_seeds_are_rejected() {
        let seeds = [0; 170];
        let mut counts = [0; DIGITS];
        counts[4] = 16;
        assert!(DigitSeeds::new(counts, &seeds[..16]).is_ok());
        assert_eq!(DigitSeeds::new(counts, &seeds[..15]), Err(ModelError::Digits));
        counts[4] = 17;
        assert_eq!(DigitSeeds::new(counts, &seeds[..17]), Err(ModelError::Digits));
    }
}
