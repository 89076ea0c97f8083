//! int8 in assembly: the one way from slices into the kernel of the target's family.

#[cfg(integer_kernel = "dsp")]
use super::dsp::rows;
#[cfg(integer_kernel = "v6m")]
use super::v6m::rows;
#[cfg(integer_kernel = "v7m")]
use super::v7m::rows;
use super::{Inputs, QUAD, WIDEST};

/// Sums of four rows of 8-bit weights; as many inputs are used as there are weights for.
#[inline]
pub(super) fn int8_rows(weights: &[u32], x: &Inputs) -> [i32; 4] {
    let mut sums = [0; 4];
    let quads = (weights.len() / QUAD).min(WIDEST / QUAD);
    // SAFETY: there are four words of weights for each four of the inputs, and no more than `x` has places for.
    unsafe { rows(weights.as_ptr(), x, quads, &mut sums) };
    sums
}
