//! The kernels in plain Rust, for all processors without assembly kernels. The compiler can vectorise the loops.

use super::{Inputs, ROWS};

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
    for (words, x) in weights.as_chunks::<2>().0.iter().zip(x.values().as_chunks::<2>().0) {
        let x = x.map(i32::from);
        for (sums, word) in sums.as_chunks_mut::<2>().0.iter_mut().zip(words) {
            let [a, b, c, d] = word.to_le_bytes();
            sums[0] += i32::from(a) * x[0] + i32::from(c) * x[1];
            sums[1] += i32::from(b as i8) * x[0] + i32::from(d as i8) * x[1];
        }
    }
    let offset = 128 * x.sum();
    [sums[0] - offset, sums[1], sums[2] - offset, sums[3]]
}

/// Sums of eight rows of 4-bit weights; uses as many inputs as there are weights for.
pub(super) fn int4_rows(weights: &[u32], x: &Inputs, sums: &mut [i32; ROWS]) {
    *sums = [0; ROWS];
    for (&word, &x) in weights.iter().zip(x.values()) {
        for (row, sum) in sums.iter_mut().enumerate() {
            *sum += (word >> (4 * row) & 0xf) as i32 * i32::from(x);
        }
    }
    for sum in sums {
        *sum -= 8 * x.sum();
    }
}
