//! The order of integer weights in model files and in memory, which is the order in which the kernels read them.
//!
//! # int8
//!
//! The rows (outputs) are stored in groups of four. In a group, each pair of inputs i, i+1 takes two words, the first for
//! rows r and r+1, the second for rows r+2 and r+3. Their bytes, least significant first, are
//!
//! ```text
//! weight[r][i] + 128,  weight[r+1][i],  weight[r][i+1] + 128,  weight[r+1][i+1]
//! ```
//!
//! so that each half of a word, as a signed 16-bit number, is 256 times one row's weight plus the other row's weight plus
//! 128, and one multiplication serves both rows.
//!
//! # int4
//!
//! The rows are stored in groups of eight. In a group, each input takes one word: the weights of the eight rows, plus 8, in
//! four bits each, row r in the least significant. Rows r and r+4 are 16 bits apart, so that after one mask one
//! multiplication serves both.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Rows whose sums are computed together; the number of outputs of a layer is a multiple of it.
pub const ROWS: usize = 8;
/// Inputs that are read together; the number of inputs of a layer is a multiple of it.
pub const QUAD: usize = 4;

/// The number of bits of a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Precision {
    /// -128..=127
    Int8,
    /// -8..=7
    Int4,
}

impl Precision {
    /// The number of bits.
    #[inline]
    pub const fn bits(self) -> usize {
        match self {
            Self::Int8 => 8,
            Self::Int4 => 4,
        }
    }

    /// The largest weight; the smallest is `-largest() - 1`.
    pub const fn largest(self) -> i8 {
        match self {
            Self::Int8 => 127,
            Self::Int4 => 7,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Int8 => "int8",
            Self::Int4 => "int4",
        })
    }
}

/// Number of words of `rows` rows of weights.
#[inline]
pub const fn words(precision: Precision, rows: usize, inputs: usize) -> usize {
    rows * inputs * precision.bits() / 32
}

/// Writes `kernel` (`[outputs][inputs]`) in the order of the kernels to `packed`, which must be [`words`] long.
///
/// # Panics
/// If `packed` is shorter, if the number of rows is not a multiple of [`ROWS`], or the number of inputs odd.
pub fn pack(precision: Precision, kernel: &[i8], inputs: usize, packed: &mut [u32]) {
    assert!(inputs.is_multiple_of(2) && kernel.len().is_multiple_of(ROWS * inputs), "rows in groups");
    packed.fill(0);
    for (row, weights) in kernel.chunks_exact(inputs).enumerate() {
        for (input, &weight) in weights.iter().enumerate() {
            let (word, shift, field) = match precision {
                Precision::Int8 => int8(inputs, row, input, weight),
                Precision::Int4 => int4(inputs, row, input, weight),
            };
            packed[word] |= field << shift;
        }
    }
}

/// The position of an 8-bit weight: its word, the shift within the word, and the stored bits.
fn int8(inputs: usize, row: usize, input: usize, weight: i8) -> (usize, usize, u32) {
    let offset = if row.is_multiple_of(2) { 128 } else { 0 };
    let word = row / 4 * inputs + input / 2 * 2 + row % 4 / 2;
    (word, 16 * (input % 2) + 8 * (row % 2), u32::from((weight as u8).wrapping_add(offset)))
}

/// The position of a 4-bit weight, likewise.
fn int4(inputs: usize, row: usize, input: usize, weight: i8) -> (usize, usize, u32) {
    (row / 8 * inputs + input, 4 * (row % 8), (weight + 8) as u32 & 0xf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int8_weights_are_stored_as_specified() {
        // weight[row][i] = 10 * row + i, and a negative one in each kind of row.
        let mut kernel: [i8; 32] = core::array::from_fn(|at| (10 * (at / 4) + at % 4) as i8);
        (kernel[0], kernel[4]) = (-128, -1);
        let mut packed = [0; 8];
        pack(Precision::Int8, &kernel, 4, &mut packed);
        let bytes = packed.map(u32::to_le_bytes);
        assert_eq!(bytes[0], [0, 255, 128 + 1, 11]);
        assert_eq!(bytes[1], [128 + 20, 30, 128 + 21, 31]);
        assert_eq!(bytes[2], [128 + 2, 12, 128 + 3, 13]);
        assert_eq!(bytes[4], [128 + 40, 50, 128 + 41, 51]);
    }

    #[test]
    fn int4_weights_are_stored_as_specified() {
        // weight[row][i] = row - 8 for the first input, 7 - row for the second.
        let kernel: [i8; 16] = core::array::from_fn(|at| if at % 2 == 0 { at as i8 / 2 - 8 } else { 7 - at as i8 / 2 });
        let mut packed = [0; 2];
        pack(Precision::Int4, &kernel, 2, &mut packed);
        assert_eq!(packed, [0x7654_3210, 0x89ab_cdef]);
    }
}
