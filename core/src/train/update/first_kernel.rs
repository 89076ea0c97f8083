//! The kernel of a network's first layer, for updates that are not computed block by block.

use super::copies::RowCopies;
use crate::nn::kernel::{Lanes, WIDTH};
use crate::nn::network::PANEL;
use crate::nn::precision::{Precision, Rows};

/// The kernel of a network's first layer and its copies.
pub(in crate::train) struct FirstKernel<'t, E> {
    /// `[inputs][columns]`; `columns` is a multiple of [`WIDTH`].
    pub(super) weights: &'t mut [f32],
    pub(super) copies: RowCopies<'t, E>,
    pub(super) columns: usize,
}

impl<'t, E: Precision> FirstKernel<'t, E> {
    /// Its rows in panels, which can be updated at the same time.
    pub(in crate::train) fn panels(self) -> impl Iterator<Item = PanelUpdate<'t, E>> {
        let Self { weights, mut copies, columns } = self;
        let panels = weights.chunks_mut(PANEL * columns);
        panels.map(move |weights| PanelUpdate { copies: copies.take(weights.len() / columns), weights, columns })
    }
}

/// Up to [`PANEL`] rows, to be updated.
pub(in crate::train) struct PanelUpdate<'t, E> {
    weights: &'t mut [f32],
    copies: RowCopies<'t, E>,
    columns: usize,
}

impl<E: Precision> PanelUpdate<'_, E> {
    /// The rows, in vectors of sixteen columns.
    #[inline(always)]
    pub(in crate::train) fn rows(&mut self) -> impl Iterator<Item = &mut [[f32; WIDTH]]> {
        self.weights.as_chunks_mut().0.chunks_exact_mut(self.columns / WIDTH)
    }

    /// Writes the copies. To be called after the rows were updated.
    #[inline(always)]
    pub(in crate::train) fn copy<L: Lanes>(mut self) {
        let (columns, count) = (self.columns, self.weights.len() / self.columns);
        self.copies.write::<L>(Rows { weights: self.weights, stride: columns, count, columns }, 0, 0);
    }
}
