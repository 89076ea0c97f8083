//! A weight gradient that is stored instead of used.

use bytemuck::Zeroable;

use super::tile::{VECTORS, tiles};
use super::weight_gradient::{TileGradient, WeightGradient};
use crate::nn::kernel::{Element, Isa};

/// Rows of a kernel's gradient.
pub(in crate::train) struct GradientBlock<'t, E> {
    pub(super) gradient: WeightGradient<'t, E>,
    /// `[rows][columns]`
    pub(super) into: &'t mut [f32],
}

impl<E: Element> GradientBlock<'_, E> {
    /// Computes the gradient.
    pub(in crate::train) fn compute(self, isa: Isa) {
        let Self { gradient, into } = self;
        let columns = gradient.columns;
        let mut computed: TileGradient = Zeroable::zeroed();
        for tile in tiles(into.len() / columns, columns) {
            isa.run(gradient.of_tile(&tile, &mut computed, E::order(isa.pair_order()), ()));
            for (row, gradient) in tile.rows.clone().zip(computed.chunks_exact(VECTORS)) {
                let gradient: &[f32] = bytemuck::cast_slice(gradient);
                into[row * columns..][tile.columns.clone()].copy_from_slice(&gradient[..tile.columns.len()]);
            }
        }
    }
}
