//! The kernels in plain Rust for 32-bit processors without vector instructions, such as RV32IMC.
//!
//! The portable kernels leave it to the compiler to extract weights from vectors of words. Here a byte's load costs less
//! than its shifts, and five [packed] sums of int4 words less than eight sums of their weights.

use super::{Inputs, QUAD, ROWS, packed};

/// Bytes of 8-bit weights for a quad of inputs and four rows.
const QUAD_BYTES: usize = 4 * QUAD;

/// Sums of eight rows of 8-bit weights; uses as many inputs as there are weights for.
pub(super) fn int8_rows(weights: &[u32], x: &Inputs, sums: &mut [i32; ROWS]) {
    let (first, second) = weights.split_at(weights.len() / 2);
    for (weights, sums) in [first, second].into_iter().zip(sums.as_chunks_mut().0) {
        *sums = four_rows(weights, x);
    }
}

/// Sums of four rows, likewise.
fn four_rows(weights: &[u32], x: &Inputs) -> [i32; 4] {
    let mut sums = [0; 4];
    let weights: &[u8] = bytemuck::cast_slice(weights);
    for (bytes, x) in weights.as_chunks::<QUAD_BYTES>().0.iter().zip(x.values().as_chunks::<QUAD>().0) {
        for (pair, x) in bytes.as_chunks::<8>().0.iter().zip(x.as_chunks::<2>().0) {
            add_pair(&mut sums, pair, x.map(i32::from));
        }
    }
    let offset = 128 * x.sum();
    [sums[0] - offset, sums[1], sums[2] - offset, sums[3]]
}

/// Adds the products of two inputs; [`layout`](super::layout) has the order of the bytes.
#[inline(always)]
fn add_pair(sums: &mut [i32; 4], bytes: &[u8; 8], x: [i32; 2]) {
    for (input, x) in x.into_iter().enumerate() {
        for (row, sum) in sums.iter_mut().enumerate() {
            let byte = bytes[4 * (row / 2) + 2 * input + row % 2];
            let weight = if row % 2 == 0 { i32::from(byte) } else { i32::from(byte as i8) };
            *sum += weight * x;
        }
    }
}

/// Sums of eight rows of 4-bit weights; uses as many inputs as there are weights for.
pub(super) fn int4_rows(weights: &[u32], x: &Inputs, sums: &mut [i32; ROWS]) {
    let (mut whole, mut pairs, mut upper) = (0u32, [0u32; 3], 0u32);
    for (words, x) in weights.as_chunks::<QUAD>().0.iter().zip(x.values().as_chunks::<QUAD>().0) {
        for (&word, &x) in words.iter().zip(x) {
            let x = u32::from(x);
            let add = |sum: &mut u32, weights: u32| *sum = sum.wrapping_add(weights.wrapping_mul(x));
            add(&mut whole, word);
            for (k, pair) in (1..).zip(&mut pairs) {
                add(pair, word >> (4 * k) & 0x000f_000f);
            }
            add(&mut upper, word >> 16);
        }
    }
    *sums = packed::rows(whole, pairs, upper).map(|sum| sum - 8 * x.sum());
}

#[cfg(test)]
mod tests {
    use super::super::{WIDEST, portable};
    use super::*;
    use crate::random::{Purpose, Stream};

    #[test]
    fn the_sums_are_those_of_the_portable_kernels() {
        let mut stream = Stream::at(5, Purpose::Weights, 0);
        for round in 0..2_000 {
            let len = QUAD * (1 + round % (WIDEST / QUAD));
            // Any bits are weights; every third time all are as large as they can be.
            let mut bits = |largest| if round % 3 == 0 { largest } else { stream.next_u32() & largest };
            let weights: [u32; 2 * WIDEST] = core::array::from_fn(|_| bits(u32::MAX));
            let mut x = Inputs::new();
            x.set((0..len / QUAD).map(|_| [(); QUAD].map(|()| bits(255) as u8)));
            let (mut sums, mut expected) = ([0; ROWS], [0; ROWS]);
            int8_rows(&weights[..2 * len], &x, &mut sums);
            portable::int8_rows(&weights[..2 * len], &x, &mut expected);
            assert_eq!(sums, expected, "{len} inputs of 8 bits");
            int4_rows(&weights[..len], &x, &mut sums);
            portable::int4_rows(&weights[..len], &x, &mut expected);
            assert_eq!(sums, expected, "{len} inputs of 4 bits");
        }
    }
}
