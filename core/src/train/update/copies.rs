//! The copies of a block's weights that products read.

use super::layer_copies::LayerCopies;
use crate::nn::kernel::{Lanes, WIDTH};
use crate::nn::memory::take;
use crate::nn::network::{Layer, PANEL};
use crate::nn::precision::{Precision, Rows};

/// Where the weights of a block are copied to.
pub(super) enum Copies<'t, E> {
    /// Nowhere: the block is a bias.
    None,
    /// Those of rows of a kernel.
    Rows(RowCopies<'t, E>),
    /// Those of a layer with one output.
    Column(LayerCopies<'t, E>),
}

/// The copies of rows of a kernel.
pub(in crate::train) struct RowCopies<'t, E> {
    /// `[rows / DEPTH][columns]`; nothing if the weights are read.
    kernel: &'t mut [E],
    /// `[rows / 16][columns / DEPTH]` lines.
    panels: &'t mut [[E; WIDTH]],
    columns: usize,
}

impl<'t, E: Precision> RowCopies<'t, E> {
    /// All rows of a layer with `columns` outputs.
    pub(super) fn new(LayerCopies { kernel, transposed }: LayerCopies<'t, E>, columns: usize) -> Self {
        Self { kernel, panels: transposed.as_chunks_mut().0, columns }
    }

    /// Splits off the first `rows`: whole panels, or all that there are.
    pub(super) fn take(&mut self, rows: usize) -> Self {
        let of_kernel = (rows.div_ceil(E::DEPTH) * self.columns).min(self.kernel.len());
        Self {
            kernel: take(&mut self.kernel, of_kernel),
            panels: take(&mut self.panels, rows.div_ceil(PANEL) * self.columns.div_ceil(E::DEPTH)),
            columns: self.columns,
        }
    }

    /// Prefetches, to be written, the line that belongs to the vector in this row of the panel that contains `first_row`,
    /// and this column. There are as many lines as vectors. They may be out of range.
    #[inline(always)]
    fn prefetch<L: Lanes>(&self, first_row: usize, row: usize, column: usize) {
        let at: *const E = if E::PAIRS && row.is_multiple_of(E::DEPTH) {
            self.kernel.as_ptr().wrapping_add((first_row + row) / E::DEPTH * self.columns + column)
        } else {
            let panel = first_row / PANEL * self.columns.div_ceil(E::DEPTH);
            self.panels.as_ptr().wrapping_add(panel + (column + row) / E::DEPTH).cast()
        };
        L::prefetch_to_write(at.cast());
    }

    /// Copies `rows`, which begin at `first_row`, the first of a panel, and at `column`.
    #[inline(always)]
    pub(in crate::train) fn write<L: Lanes>(&mut self, rows: Rows<'_>, first_row: usize, column: usize) {
        let Self { kernel, panels, columns } = self;
        let of_kernel = if E::PAIRS { first_row / E::DEPTH * *columns + column } else { 0 };
        let line = first_row / PANEL * columns.div_ceil(E::DEPTH) + column / E::DEPTH;
        let panel = &mut panels[line..][..rows.columns.div_ceil(E::DEPTH)];
        E::copy_rows::<L>(rows, &mut kernel[of_kernel..], panel);
    }
}

impl<'t, E: Precision> Copies<'t, E> {
    /// Those of a layer of this shape.
    pub(super) fn of_layer(copies: LayerCopies<'t, E>, shape: Layer) -> Self {
        match shape.outputs {
            1 => Self::Column(copies),
            columns => Self::Rows(RowCopies::new(copies, columns)),
        }
    }

    /// Splits off those of the first `rows`: whole panels, or all that there are.
    pub(super) fn take(&mut self, rows: usize) -> Self {
        match self {
            Self::Rows(copies) => Self::Rows(copies.take(rows)),
            whole => core::mem::replace(whole, Self::None),
        }
    }

    /// [`RowCopies::prefetch`]
    #[inline(always)]
    pub(super) fn prefetch<L: Lanes>(&self, first_row: usize, row: usize, column: usize) {
        // The copies of a column are written sequentially, which the hardware prefetcher detects.
        if let Self::Rows(copies) = self {
            copies.prefetch::<L>(first_row, row, column);
        }
    }

    /// Copies `rows`, which begin at `first_row` and `column`. Those of a layer with one output are one row: its column.
    #[inline(always)]
    pub(super) fn write<L: Lanes>(&mut self, rows: Rows<'_>, first_row: usize, column: usize) {
        match self {
            Self::None => {}
            Self::Rows(copies) => copies.write::<L>(rows, first_row, column),
            Self::Column(LayerCopies { kernel, transposed }) => {
                let of_kernel = (column / E::DEPTH).min(kernel.len());
                let weights = &rows.weights[..rows.columns];
                E::copy_column::<L>(weights, &mut kernel[of_kernel..], &mut transposed[column..]);
            }
        }
    }
}
