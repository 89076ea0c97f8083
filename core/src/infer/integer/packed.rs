//! Eight rows of 4-bit weights from five packed sums.
//!
//! A word of [int4 weights](super::layout) holds eight numbers 0..=15. Let `L_k` be the sum over all inputs for row k (in the
//! lower half of the words), and `H_k` that for row k+4 (in the upper half). The kernels compute, modulo 2^32,
//!
//! ```text
//! pairs[k] = Σ (word >> 4k & 0x000f000f) * x = L_k + 2^16 H_k              for k = 1..=3
//! whole    = Σ word * x                      = pairs[0] + 16 pairs[1] + 256 pairs[2] + 4096 pairs[3]
//! upper    = Σ (word >> 16) * x              = H_0 + 16 H_1 + 256 H_2 + 4096 H_3
//! ```
//!
//! A row's sum has 20 bits (15 * 255 * 256 < 2^20), so the low sum of a pair overflows into the high one. But `upper` and
//! its counterpart for the lower half, `L_0 + 16 L_1 + 256 L_2 + 4096 L_3`, fit into 32 bits, and there the four unknown
//! upper bits of each row are adjacent. So the halves need not be drained during the loop over the inputs.

use super::ROWS;

/// The sums of eight rows, from the sums of `whole` words, of pairs 1 to 3, and of the upper halves.
#[inline]
pub(super) fn rows(whole: u32, [one, two, three]: [u32; 3], upper: u32) -> [i32; ROWS] {
    let pairs = [whole.wrapping_sub(combined([0, one, two, three])), one, two, three];
    let (low, above_low) = split(pairs, whole.wrapping_sub(upper << 16));
    // The upper half of a pair, minus the overflow of the lower row.
    let high = core::array::from_fn(|k| (pairs[k] >> 16).wrapping_sub(above_low >> (4 * k) & 0xf));
    let (high, _) = split(high, upper);
    let [a, b, c, d] = low.map(|sum| sum as i32);
    let [e, f, g, h] = high.map(|sum| sum as i32);
    [a, b, c, d, e, f, g, h]
}

/// `a` and `b` from `a + 2^8 b` and `b + 2^8 a`, all modulo 2^32.
#[cfg(any(integer_kernel = "v6m", test))]
#[inline]
pub(super) fn unswap(sum: u32, swapped: u32) -> [u32; 2] {
    // Times 1 + 2^16, which is the inverse of 1 - 2^16.
    let divided = |x: u32| x.wrapping_add(x << 16);
    [divided(sum.wrapping_sub(swapped << 8)), divided(swapped.wrapping_sub(sum << 8))]
}

/// `sums[0] + 16 sums[1] + 256 sums[2] + 4096 sums[3]`
#[inline]
fn combined([a, b, c, d]: [u32; 4]) -> u32 {
    a.wrapping_add(b << 4).wrapping_add(c << 8).wrapping_add(d << 12)
}

/// Four 20-bit sums, from their lower 16 bits and from all four [`combined`]; and the upper four bits of each.
#[inline]
fn split(sums: [u32; 4], all: u32) -> ([u32; 4], u32) {
    let low = sums.map(|sum| sum & 0xffff);
    let above = all.wrapping_sub(combined(low)) >> 16;
    (core::array::from_fn(|k| low[k] | (above >> (4 * k) & 0xf) << 16), above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    const LARGEST: u32 = 15 * 255 * 256;

    /// Random sums of eight rows, some of them the largest possible.
    fn sums(round: u32, stream: &mut Stream) -> [u32; ROWS] {
        let random = [LARGEST; ROWS].map(|largest| stream.next_u32() % (largest + 1));
        core::array::from_fn(|row| if round >> row & 1 == 1 { LARGEST } else { random[row] })
    }

    #[test]
    fn rows_are_recovered_from_their_packed_sums_up_to_the_largest() {
        let mut stream = Stream::at(3, Purpose::Weights, 0);
        for round in 0..100_000 {
            let sums = sums(round, &mut stream);
            let pairs: [u32; 4] = core::array::from_fn(|k| sums[k].wrapping_add(sums[k + 4] << 16));
            let upper = combined([sums[4], sums[5], sums[6], sums[7]]);
            let expected = sums.map(|sum| sum as i32);
            assert_eq!(rows(combined(pairs), [pairs[1], pairs[2], pairs[3]], upper), expected);
        }
    }

    #[test]
    fn swapped_sums_are_separated() {
        let mut stream = Stream::at(4, Purpose::Weights, 0);
        for _ in 0..100_000 {
            let [a, b] = [stream.next_u32(), stream.next_u32()];
            assert_eq!(unswap(a.wrapping_add(b << 8), b.wrapping_add(a << 8)), [a, b]);
        }
    }
}
