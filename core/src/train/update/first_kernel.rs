//! The kernel of a network's first layer, for updates that are not computed block by block.

use super::transposed::{Rows, Transposed};
use crate::nn::kernel::{CacheLine, Lanes, WIDTH};
use crate::nn::network::PANEL;

/// The kernel of a network's first layer and its transpose.
pub(in crate::train) struct FirstKernel<'t> {
    /// `[inputs][columns]`; `columns` is a multiple of [`WIDTH`].
    pub(super) weights: &'t mut [f32],
    pub(super) transposed: &'t mut [CacheLine],
    pub(super) columns: usize,
}

impl<'t> FirstKernel<'t> {
    /// Its rows in panels, which can be updated at the same time.
    pub(in crate::train) fn panels(self) -> impl Iterator<Item = PanelUpdate<'t>> {
        let columns = self.columns;
        let panels = self.weights.chunks_mut(PANEL * columns).zip(self.transposed.chunks_mut(columns));
        panels.map(move |(weights, transposed)| PanelUpdate { weights, transposed, columns })
    }
}

/// Up to [`PANEL`] rows, to be updated.
pub(in crate::train) struct PanelUpdate<'t> {
    weights: &'t mut [f32],
    transposed: &'t mut [CacheLine],
    columns: usize,
}

impl PanelUpdate<'_> {
    /// The rows, in vectors of sixteen columns.
    #[inline(always)]
    pub(in crate::train) fn rows(&mut self) -> impl Iterator<Item = &mut [[f32; WIDTH]]> {
        self.weights.as_chunks_mut().0.chunks_exact_mut(self.columns / WIDTH)
    }

    /// Writes the transposed weights. To be called after the rows were updated.
    #[inline(always)]
    pub(in crate::train) fn transpose<L: Lanes>(self) {
        let rows = Rows { weights: self.weights, stride: self.columns, count: self.weights.len() / self.columns };
        Transposed::Panels(self.transposed).write::<L>(rows, 0, self.columns);
    }
}
