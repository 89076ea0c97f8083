//! Kernels to their transposed copies.

use core::ops::Range;

use crate::kernel::{Lanes, WIDTH};
use crate::network::PANEL;

const _: () = assert!(PANEL == WIDTH, "a block of lanes transposes into the rows of a panel");

/// [`transpose`] by sixteen rows and columns at once, where there are as many.
#[inline(always)]
pub(super) fn transpose_lanes<L: Lanes>(rows: &[f32], outputs: usize, columns: Range<usize>, panel: &mut [f32]) {
    let whole = if rows.len() == PANEL * outputs { columns.len() / WIDTH * WIDTH } else { 0 };
    let rest = columns.start + whole..columns.end;
    for first in (columns.start..rest.start).step_by(WIDTH) {
        // No `from_fn` here: the compiler did not inline it, and what is not inlined lacks the instruction set. That made
        // a transposition three times as long.
        let mut block = [L::splat(0.0); WIDTH];
        for (row, to) in block.iter_mut().enumerate() {
            *to = L::load(lanes(rows, row * outputs + first));
        }
        let panel = &mut panel[first * PANEL..][..WIDTH * PANEL];
        for (row, column) in L::transposed(block).into_iter().enumerate() {
            column.store(lanes_mut(panel, row * PANEL));
        }
    }
    transpose(rows, outputs, rest, panel);
}

/// Writes `columns` of at most [`PANEL`] rows of a kernel (`[rows][outputs]`) to their panel (`[outputs][16]`).
#[inline(always)]
pub(super) fn transpose(rows: &[f32], outputs: usize, columns: Range<usize>, panel: &mut [f32]) {
    let panel = panel.as_chunks_mut::<PANEL>().0;
    for (row, weights) in rows.chunks_exact(outputs).enumerate() {
        for (place, &weight) in panel[columns.clone()].iter_mut().zip(&weights[columns.clone()]) {
            place[row] = weight;
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

/// [`lanes`] to be changed.
#[inline(always)]
fn lanes_mut(slice: &mut [f32], at: usize) -> &mut [f32; WIDTH] {
    slice[at..].first_chunk_mut().expect("sixteen floats from a multiple of sixteen on")
}
