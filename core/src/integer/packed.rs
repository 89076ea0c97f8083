//! Eight rows of 4-bit weights from five packed sums.
//!
//! A word of [int4 weights](super::layout) holds eight numbers of 0..=15; below, `L_k` is the sum over all inputs for row k
//! (bits 4k of the lower half of the words), `H_k` that for row k+4 (of the upper half). The kernels add up, modulo 2^32,
//!
//! ```text
//! pairs[k] = Σ (word >> 4k & 0x000f000f) * x = L_k + 2^16 H_k              for k = 0..=3
//! upper    = Σ (word >> 16) * x              = H_0 + 16 H_1 + 256 H_2 + 4096 H_3
//! ```
//!
//! A row's sum has 20 bits (15 * 255 * 256 < 2^20), so the low one of a pair runs into the high one. But `upper`, and what
//! the pairs say of the lower half, `L_0 + 16 L_1 + 256 L_2 + 4096 L_3`, fit into 32 bits, and in each of these the bits
//! that are still unknown, four a row, stand side by side. So the loop over the inputs need not stop to save the halves.

use super::ROWS;

/// The sums of eight rows whose packed sums are these.
#[inline]
pub(super) fn rows(pairs: [u32; 4], upper: u32) -> [i32; ROWS] {
    let all = in_step(pairs);
    let (low, above_low) = split(pairs, all.wrapping_sub(upper << 16));
    // What is in the upper half of a pair, less what the lower row has sent there.
    let high = core::array::from_fn(|k| (pairs[k] >> 16).wrapping_sub(above_low >> (4 * k) & 0xf));
    let (high, _) = split(high, upper);
    let [a, b, c, d] = low.map(|sum| sum as i32);
    let [e, f, g, h] = high.map(|sum| sum as i32);
    [a, b, c, d, e, f, g, h]
}

/// `sums[0] + 16 sums[1] + 256 sums[2] + 4096 sums[3]`
#[inline]
fn in_step([a, b, c, d]: [u32; 4]) -> u32 {
    a.wrapping_add(b << 4).wrapping_add(c << 8).wrapping_add(d << 12)
}

/// Four sums of 20 bits, from their lower 16 bits and from all four [`in_step`]; and the upper four bits of each.
#[inline]
fn split(sums: [u32; 4], all: u32) -> ([u32; 4], u32) {
    let low = sums.map(|sum| sum & 0xffff);
    let above = all.wrapping_sub(in_step(low)) >> 16;
    (core::array::from_fn(|k| low[k] | (above >> (4 * k) & 0xf) << 16), above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    /// The packed sums of eight rows.
    fn packed(sums: [u32; ROWS]) -> ([u32; 4], u32) {
        let pairs = core::array::from_fn(|k| sums[k].wrapping_add(sums[k + 4] << 16));
        (pairs, in_step([sums[4], sums[5], sums[6], sums[7]]))
    }

    #[test]
    fn rows_come_back_from_their_packed_sums_up_to_the_largest() {
        const LARGEST: u32 = 15 * 255 * 256;
        let mut stream = Stream::at(3, Purpose::Weights, 0);
        for round in 0..100_000 {
            let mut sums = [LARGEST; ROWS].map(|largest| stream.next_u32() % (largest + 1));
            // Every subset of rows at its largest.
            (0..ROWS).filter(|row| round >> row & 1 == 1).for_each(|row| sums[row] = LARGEST);
            let (pairs, upper) = packed(sums);
            assert_eq!(rows(pairs, upper), sums.map(|sum| sum as i32));
        }
    }
}
