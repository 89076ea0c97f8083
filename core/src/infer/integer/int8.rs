//! Safe wrapper of the target's int8 assembly kernel.

#[cfg(integer_kernel = "v6m")]
use super::v6m::rows;
#[cfg(integer_kernel = "v7m")]
use super::v7m::rows;
use super::{Inputs, QUAD, ROWS, WIDEST};

/// Sums of eight rows of 8-bit weights; uses as many inputs as there are weights for.
#[inline]
pub(super) fn int8_rows(weights: &[u32], x: &Inputs, sums: &mut [i32; ROWS]) {
    let quads = (weights.len() / (2 * QUAD)).min(WIDEST / QUAD);
    let (first, second) = weights.split_at(weights.len() / 2);
    for (weights, sums) in [first, second].into_iter().zip(sums.as_chunks_mut().0) {
        // SAFETY: there are four words of weights for each quad of inputs, and no more quads than `x` holds.
        unsafe { rows(weights.as_ptr(), x, quads, sums) };
    }
}
