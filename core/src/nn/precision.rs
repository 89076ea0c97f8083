//! The precision of products: which elements their operands are made of, and the copies of the kernels that they read.
//!
//! A forward product reads a kernel row by row. A backward product reads its transpose in panels of [`PANEL`] inputs, each
//! from start to end; and as many rows of the kernel are one contiguous panel, so that blocks of rows can be updated at the
//! same time.
//!
//! In f32 the forward product reads the weights themselves, and only the transpose is a copy. In bfloat16 both are copies,
//! whose pairs follow each other in the depth of the product: two rows of the kernel, or two of its columns.

use core::ops::Range;

use crate::nn::kernel::{Bf16Pair, Element, Lanes, WIDTH, load_block, load_part, pair_neighbours, pair_rows};
use crate::nn::network::{Layer, PANEL};

const _: () = assert!(PANEL == WIDTH, "a 16 by 16 block of lanes transposes into sixteen lines of a panel");

/// Elements of operands, and the copies of kernels that are made of them.
pub trait Precision: Element {
    /// Elements of the copy that a forward product reads, `[inputs / DEPTH][outputs]`, padded to whole cache lines; none
    /// if it reads the weights.
    fn kernel_copy_len(shape: &Layer) -> usize;

    /// What a forward product reads: `kernel` or its `copy`.
    fn forward_operand<'a>(kernel: &'a [f32], copy: &'a [Self]) -> &'a [Self];

    /// Copies rows of a kernel: to `copy`, the first of its rows, and to `panel`, `[columns / DEPTH]` lines of the
    /// transpose. For use inside an [`Operation`](crate::nn::kernel::Operation) only.
    fn copy_rows<L: Lanes>(rows: Rows<'_>, copy: &mut [Self], panel: &mut [[Self; WIDTH]]);

    /// Copies the weights of a layer with one output. For use inside an [`Operation`](crate::nn::kernel::Operation) only.
    fn copy_column<L: Lanes>(weights: &[f32], copy: &mut [Self], transposed: &mut [Self]);
}

/// At most [`PANEL`] rows of weights, and the columns of them that are to be copied.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The weights, from the first row and column on.
    pub weights: &'a [f32],
    /// Distance between rows, of the copies too.
    pub stride: usize,
    /// Number of rows.
    pub count: usize,
    /// Number of columns.
    pub columns: usize,
}

impl<'a> Rows<'a> {
    /// The columns of one row.
    #[inline(always)]
    fn row(&self, row: usize) -> &'a [f32] {
        &self.weights[row * self.stride..][..self.columns]
    }

    /// One weight; 0 outside the rows or columns.
    #[inline(always)]
    fn weight(&self, row: usize, column: usize) -> f32 {
        if row < self.count && column < self.columns { self.weights[row * self.stride + column] } else { 0.0 }
    }

    /// Columns of which there are whole blocks of 16 by 16.
    #[inline(always)]
    fn columns_of_blocks(&self) -> usize {
        if self.count == PANEL { self.columns / WIDTH * WIDTH } else { 0 }
    }

    /// The transpose of the 16 by 16 block that begins at `column`.
    #[inline(always)]
    fn transposed_block<L: Lanes>(&self, column: usize) -> [L; WIDTH] {
        L::transposed(load_block(&self.weights[column..], self.stride, WIDTH, WIDTH))
    }

    /// The transposed pairs of up to 32 columns, the first of `columns`: those of a pair of columns in each line.
    #[inline(always)]
    fn transposed_pairs<L: Lanes>(&self, columns: Range<usize>) -> [L; WIDTH] {
        let columns = columns.start..columns.end.min(columns.start + 2 * WIDTH);
        let mut block = [L::splat(0.0); WIDTH];
        for (row, to) in block.iter_mut().enumerate() {
            let (first, second) = self.weights[row * self.stride..][columns.clone()].split_at(WIDTH);
            *to = L::rounded_neighbours(load_part(first), load_part(second));
        }
        L::transposed(block)
    }
}

impl Precision for f32 {
    fn kernel_copy_len(_: &Layer) -> usize {
        0
    }

    fn forward_operand<'a>(kernel: &'a [f32], _: &'a [f32]) -> &'a [f32] {
        kernel
    }

    #[inline(always)]
    fn copy_rows<L: Lanes>(rows: Rows<'_>, _: &mut [f32], panel: &mut [[f32; WIDTH]]) {
        let whole = rows.columns_of_blocks();
        let (blocks, rest) = panel.split_at_mut(whole);
        for (first, lines) in (0..).step_by(WIDTH).zip(blocks.chunks_exact_mut(WIDTH)) {
            for (line, column) in lines.iter_mut().zip(rows.transposed_block::<L>(first)) {
                column.store(line);
            }
        }
        for row in 0..rows.count {
            for (line, &weight) in rest.iter_mut().zip(&rows.row(row)[whole..]) {
                line[row] = weight;
            }
        }
    }

    #[inline(always)]
    fn copy_column<L: Lanes>(weights: &[f32], _: &mut [f32], transposed: &mut [f32]) {
        transposed[..weights.len()].copy_from_slice(weights);
    }
}

impl Precision for Bf16Pair {
    fn kernel_copy_len(shape: &Layer) -> usize {
        (shape.inputs.div_ceil(2) * shape.outputs).next_multiple_of(WIDTH)
    }

    fn forward_operand<'a>(_: &'a [f32], copy: &'a [Self]) -> &'a [Self] {
        copy
    }

    #[inline(always)]
    fn copy_rows<L: Lanes>(rows: Rows<'_>, copy: &mut [Self], panel: &mut [[Self; WIDTH]]) {
        for (row, copy) in (0..rows.count).step_by(2).zip(copy.chunks_mut(rows.stride)) {
            if row + 1 < rows.count {
                pair_rows::<L>(rows.row(row), rows.row(row + 1), &mut copy[..rows.columns]);
            } else {
                copy.iter_mut().zip(rows.row(row)).for_each(|(to, &weight)| *to = Self::new(weight, 0.0));
            }
        }
        let whole = rows.columns_of_blocks();
        let (blocks, rest) = panel.split_at_mut(whole / 2);
        for (column, lines) in (0..).step_by(2 * WIDTH).zip(blocks.chunks_mut(WIDTH)) {
            for (line, pairs) in lines.iter_mut().zip(rows.transposed_pairs::<L>(column..whole)) {
                pairs.store(bytemuck::cast_mut(line));
            }
        }
        for (column, line) in (whole..).step_by(2).zip(rest) {
            for (row, to) in line.iter_mut().enumerate() {
                *to = Self::new(rows.weight(row, column), rows.weight(row, column + 1));
            }
        }
    }

    #[inline(always)]
    fn copy_column<L: Lanes>(weights: &[f32], copy: &mut [Self], transposed: &mut [Self]) {
        pair_neighbours::<L>(weights, &mut copy[..weights.len().div_ceil(2)]);
        transposed.iter_mut().zip(weights).for_each(|(to, &weight)| *to = Self::new(weight, 0.0));
    }
}
