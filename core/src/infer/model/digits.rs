//! Which seeds draw which digit: a table that whoever exported a model may have put into its file.

use super::ModelError;

/// Digits that a table has seeds of.
pub const DIGITS: usize = 10;

/// Most seeds of a digit in a table.
pub const MAX_SEEDS: usize = 16;

/// How many seeds a table has of each digit.
pub type DigitCounts = [u8; DIGITS];

/// Seeds whose pictures are a certain digit, borrowed from a model file in place.
///
/// Where a model was trained on other images than digits, a digit here is the class that their labels give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigitSeeds<'a> {
    pub(super) counts: DigitCounts,
    /// Those of 0, then those of 1, and so on.
    pub(super) seeds: &'a [u32],
}

impl<'a> DigitSeeds<'a> {
    /// The table without seeds.
    pub const NONE: DigitSeeds<'static> = DigitSeeds { counts: [0; DIGITS], seeds: &[] };

    /// The table with `counts[digit]` seeds of each digit, which follow each other in `seeds`.
    ///
    /// # Errors
    /// [`ModelError::Digits`] if a digit has more than [`MAX_SEEDS`], or if there are not as many as the counts say.
    pub fn new(counts: DigitCounts, seeds: &'a [u32]) -> Result<Self, ModelError> {
        if seed_count(&counts)? == seeds.len() { Ok(Self { counts, seeds }) } else { Err(ModelError::Digits) }
    }

    /// How many seeds it has of each digit.
    pub fn counts(&self) -> &DigitCounts {
        &self.counts
    }

    /// All its seeds: those of 0, then those of 1, and so on.
    pub fn seeds(&self) -> &'a [u32] {
        self.seeds
    }

    /// The seeds of `digit`, the most usual picture first; none if it is not in the table or no digit.
    pub fn of(&self, digit: u8) -> &'a [u32] {
        let digit = usize::from(digit);
        let start = self.counts.iter().take(digit).map(|&count| usize::from(count)).sum();
        let count = self.counts.get(digit).map_or(0, |&count| usize::from(count));
        self.seeds.get(start..start + count).unwrap_or_default()
    }

    /// The seed of one of the ways to draw `digit`; after the last way comes the first again.
    pub fn seed(&self, digit: u8, variant: u32) -> Option<u32> {
        let seeds = self.of(digit);
        seeds.get((variant as usize).checked_rem(seeds.len())?).copied()
    }

    /// Whether every digit can be drawn.
    pub fn is_complete(&self) -> bool {
        self.counts.iter().all(|&count| count > 0)
    }
}

/// How many seeds a table with these counts has.
///
/// # Errors
/// [`ModelError::Digits`] if a digit has more than [`MAX_SEEDS`].
// One copy, and not ten steps in a row: a device's flash is short.
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
    fn each_digit_has_its_seeds_and_they_come_round_again() {
        let table = DigitSeeds::new(COUNTS, &SEEDS).unwrap();
        assert_eq!([0, 1, 2, 3, 9].map(|digit| table.of(digit)), [&[10, 11][..], &[], &[20, 21, 22], &[30], &[90]]);
        assert_eq!([0, 1, 2, 3, u32::MAX].map(|variant| table.seed(2, variant)), [20, 21, 22, 20, 20].map(Some));
        assert_eq!(table.seed(1, 0), None);
    }

    #[test]
    fn what_is_no_digit_has_no_seeds() {
        let table = DigitSeeds::new(COUNTS, &SEEDS).unwrap();
        assert!([10, 11, 255].iter().all(|&digit| table.of(digit).is_empty() && table.seed(digit, 1).is_none()));
    }

    #[test]
    fn a_table_is_complete_when_no_digit_is_missing() {
        assert!(!DigitSeeds::new(COUNTS, &SEEDS).unwrap().is_complete());
        assert!(DigitSeeds::new([1; DIGITS], &[0; DIGITS]).unwrap().is_complete());
    }

    #[test]
    fn counts_that_are_too_large_or_do_not_add_up_are_refused() {
        let seeds = [0; 170];
        let mut counts = [0; DIGITS];
        counts[4] = 16;
        assert!(DigitSeeds::new(counts, &seeds[..16]).is_ok());
        assert_eq!(DigitSeeds::new(counts, &seeds[..15]), Err(ModelError::Digits));
        counts[4] = 17;
        assert_eq!(DigitSeeds::new(counts, &seeds[..17]), Err(ModelError::Digits));
    }
}
