//! Safe wrapper of the target's int8 assembly kernel.

#[cfg(integer_kernel = "dsp")]
use super::dsp::rows;
#[cfg(integer_kernel = "v6m")]
use super::v6m::rows;
#[cfg(integer_kernel = "v7m")]
use super::v7m::rows;
use super::{Inputs, QUAD, ROWS, WIDEST};

/// Sums of eight rows of 8-bit weights; uses as many inputs as there are weights for.
#[inline]
pub(super) fn int8_rows(weights: &[u32], x: &Inputs) -> [i32; ROWS] {
    let (first, second) = weights.split_at(weights.len() / 2);
    let ([a, b, c, d], [e, f, g, h]) = (four_rows(first, x), four_rows(second, x));
    [a, b, c, d, e, f, g, h]
}

/// Sums of four rows, likewise.
#[inline]
fn four_rows(weights: &[u32], x: &Inputs) -> [i32; 4] {
    let mut sums = [0; 4];
    let quads = (weights.len() / QUAD).min(WIDEST / QUAD);
    // SAFETY: there are four words of weights for each quad of inputs, and no more quads than `x` holds.
    unsafe { rows(weights.as_ptr(), x, quads, &mut sums) };
    sums
}
