//! Kernels to their transposed copies.

use crate::nn::kernel::{Lanes, WIDTH};
use crate::nn::network::{CacheLine, PANEL};

const _: () = assert!(PANEL == WIDTH, "a block of lanes transposes into the rows of a panel");

/// At most [`PANEL`] rows of numbers, `stride` apart.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// [`transpose`] by sixteen rows and columns at once, where there are as many.
#[inline(always)]
pub(super) fn transpose_lanes<L: Lanes>(rows: Rows<'_>, panel: &mut [CacheLine]) {
    let whole = if rows.count == PANEL { panel.len() / WIDTH * WIDTH } else { 0 };
    let (blocks, rest) = panel.split_at_mut(whole);
    for (first, lines) in (0..).step_by(WIDTH).zip(blocks.chunks_exact_mut(WIDTH)) {
        // No `from_fn` here: the compiler did not inline it, and what is not inlined lacks the instruction set. That made
        // a transposition three times as long.
        let mut block = [L::splat(0.0); WIDTH];
        for (row, to) in block.iter_mut().enumerate() {
            *to = L::load(lanes(rows.numbers, row * rows.stride + first));
        }
        for (line, column) in lines.iter_mut().zip(L::transposed(block)) {
            column.store(&mut line.0);
        }
    }
    transpose(rows, whole, rest);
}

/// Writes the columns of `rows` from `first` on to as many lines of their panel.
#[inline(always)]
pub(super) fn transpose(rows: Rows<'_>, first: usize, panel: &mut [CacheLine]) {
    for row in 0..rows.count {
        for (line, &number) in panel.iter_mut().zip(&rows.numbers[row * rows.stride + first..]) {
            line.0[row] = number;
        }
    }
}

/// Sixteen floats from `at` on.
///
/// # Panics
/// If there are fewer.
#[inline(always)]
fn lanes(slice: &[f32], at: usize) -> &[f32; WIDTH] {
    slice[at..].first_chunk().expect("sixteen floats from a multiple of sixteen on")
}
