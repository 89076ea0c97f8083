//! The transposed copy of a block's weights.

use crate::nn::kernel::{CacheLine, Lanes, WIDTH};
use crate::nn::network::PANEL;

const _: () = assert!(PANEL == WIDTH, "a 16 by 16 block of lanes transposes into sixteen lines of a panel");

/// Where the transposed weights of a block are stored.
pub(super) enum Transposed<'t> {
    /// Nowhere: the block is a bias.
    None,
    /// `[rows / 16][columns]` lines: the sixteen weights of a column in a panel.
    Panels(&'t mut [CacheLine]),
    /// The same order as the weights, those of a layer with one output.
    Copy(&'t mut [CacheLine]),
}

impl Transposed<'_> {
    /// Prefetches line number `line`, which may be out of range, to be written.
    #[inline(always)]
    pub(super) fn prefetch<L: Lanes>(&self, line: usize) {
        // A copy is written sequentially, which the hardware prefetcher detects.
        if let Self::Panels(lines) = self {
            L::prefetch_to_write(lines.as_ptr().wrapping_add(line).cast());
        }
    }

    /// Writes `columns` columns of `rows`, beginning at line number `first`.
    #[inline(always)]
    pub(super) fn write<L: Lanes>(&mut self, rows: Rows<'_>, first: usize, columns: usize) {
        match self {
            Self::None => {}
            Self::Panels(lines) => transpose_lanes::<L>(rows, &mut lines[first..][..columns]),
            Self::Copy(lines) => {
                bytemuck::cast_slice_mut(lines)[first..][..columns].copy_from_slice(&rows.weights[..columns]);
            }
        }
    }
}

/// At most [`PANEL`] rows of weights.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) weights: &'a [f32],
    /// Distance between rows.
    pub(super) stride: usize,
    pub(super) count: usize,
}

/// [`transpose`] in blocks of 16 by 16 where there are as many rows and columns.
#[inline(always)]
fn transpose_lanes<L: Lanes>(rows: Rows<'_>, panel: &mut [CacheLine]) {
    let whole = if rows.count == PANEL { panel.len() / WIDTH * WIDTH } else { 0 };
    let (blocks, rest) = panel.split_at_mut(whole);
    for (first, lines) in (0..).step_by(WIDTH).zip(blocks.chunks_exact_mut(WIDTH)) {
        // `from_fn` is not inlined here, and without the instruction set the transposition takes three times as long.
        let mut block = [L::splat(0.0); WIDTH];
        for (row, to) in block.iter_mut().enumerate() {
            *to = L::load(vector(rows.weights, row * rows.stride + first));
        }
        for (line, column) in lines.iter_mut().zip(L::transposed(block)) {
            column.store(&mut line.0);
        }
    }
    transpose(rows, whole, rest);
}

/// Writes the columns of `rows` from `first` on to the lines of `panel`, one column per line.
#[inline(always)]
pub(super) fn transpose(rows: Rows<'_>, first: usize, panel: &mut [CacheLine]) {
    for row in 0..rows.count {
        for (line, &weight) in panel.iter_mut().zip(&rows.weights[row * rows.stride + first..]) {
            line.0[row] = weight;
        }
    }
}

/// The sixteen floats from `at` on.
///
/// # Panics
/// If there are fewer.
#[inline(always)]
fn vector(slice: &[f32], at: usize) -> &[f32; WIDTH] {
    slice[at..].first_chunk().expect("a block has sixteen columns")
}
