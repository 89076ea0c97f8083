//! Compares a processor's kernels with plain loops, on the host and on devices.

use core::fmt;

use super::layout::{pack, words};
use super::{Inputs, Precision, QUAD, ROWS, WIDEST, eight_rows};
use crate::random::{Purpose, Stream};

/// A sum that a kernel computed wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct WrongSum {
    /// Bits of the weights.
    pub precision: Precision,
    /// Number of inputs.
    pub inputs: usize,
    /// Index of the row in its block of eight.
    pub row: usize,
    /// The result of plain loops.
    pub expected: i32,
    /// The result of the kernel.
    pub got: i32,
}

impl fmt::Display for WrongSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { precision, inputs, row, expected, got } = self;
        write!(f, "the {precision} sum of row {row} over {inputs} inputs is {got}, not {expected}")
    }
}

impl core::error::Error for WrongSum {}

/// A pattern of test values.
#[derive(Clone, Copy)]
enum Pattern {
    Random,
    Smallest,
    Largest,
    /// The smallest and the largest value, at random.
    Extremes,
}

const PATTERNS: [Pattern; 4] = [Pattern::Random, Pattern::Smallest, Pattern::Largest, Pattern::Extremes];

impl Pattern {
    fn next(self, low: i32, high: i32, stream: &mut Stream) -> i32 {
        let random = stream.next_u32();
        match self {
            Self::Random => low + (random >> 16) as i32 % (high - low + 1),
            Self::Smallest => low,
            Self::Largest => high,
            Self::Extremes if random >> 31 == 0 => low,
            Self::Extremes => high,
        }
    }
}

/// Compares this machine's kernels with plain loops, for every number of inputs, with random and extreme values.
///
/// Uses 6 KB of stack.
///
/// # Errors
/// The first sum that differs from that of plain loops.
pub fn kernels(seed: u64) -> Result<(), WrongSum> {
    let mut stream = Stream::at(seed, Purpose::Weights, 0);
    for inputs in (QUAD..=WIDEST).step_by(QUAD) {
        for precision in [Precision::Int8, Precision::Int4] {
            for pattern in PATTERNS {
                for pattern_of_x in PATTERNS {
                    compare(precision, inputs, [pattern, pattern_of_x], &mut stream)?;
                }
            }
        }
    }
    Ok(())
}

/// Compares one block of eight rows.
fn compare(
    precision: Precision,
    inputs: usize,
    [of_weights, of_x]: [Pattern; 2],
    stream: &mut Stream,
) -> Result<(), WrongSum> {
    let (mut kernel, mut packed, mut x) = ([0; ROWS * WIDEST], [0; ROWS * WIDEST / 4], Inputs::new());
    let (kernel, packed) = (&mut kernel[..ROWS * inputs], &mut packed[..words(precision, ROWS, inputs)]);
    let largest = i32::from(precision.largest());
    kernel.fill_with(|| of_weights.next(-largest - 1, largest, stream) as i8);
    // What is stored after the inputs must not matter.
    x.set((0..WIDEST / QUAD).map(|_| [255; QUAD]));
    x.set((0..inputs / QUAD).map(|_| [(); QUAD].map(|()| of_x.next(0, 255, stream) as u8)));
    pack(precision, kernel, inputs, packed);
    let mut got = [0; ROWS];
    eight_rows(precision, &mut &*packed, &x, &mut got).expect("eight rows were packed");
    for (row, (weights, got)) in kernel.chunks_exact(inputs).zip(got).enumerate() {
        let expected = weights.iter().zip(x.values()).map(|(&w, &x)| i32::from(w) * x as i32).sum();
        if got != expected {
            return Err(WrongSum { precision, inputs, row, expected, got });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_agree_with_plain_loops() {
        for seed in 0..10 {
            assert_eq!(kernels(seed), Ok(()));
        }
    }

    #[test]
    fn a_block_is_consumed_only_if_all_of_its_weights_are_present() {
        let mut x = Inputs::new();
        x.set([[1; 8]].into_iter());
        let words = [0x1111_1111; 20];
        let (mut left, mut sums) = (&words[..], [0; ROWS]);
        assert_eq!(eight_rows(Precision::Int8, &mut left, &x, &mut sums).map(|()| left.len()), Some(4));
        let after_one = sums;
        assert_eq!(eight_rows(Precision::Int4, &mut left, &x, &mut sums), None);
        assert_eq!(sums, after_one);
        assert_eq!(left.len(), 4);
    }
}
