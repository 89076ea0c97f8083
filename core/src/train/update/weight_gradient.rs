//! Weight gradients: `dW = Σ xᵀ dy` over all samples of the batch.

use super::tile::{COLUMNS, Tile, VECTORS};
use crate::nn::kernel::{CacheLine, Element, Interleave, Left, Product, Right, Start, WIDTH};
use crate::nn::network::PANEL;

/// The gradient of a tile, `[rows][VECTORS]` vectors.
pub(super) type TileGradient = [CacheLine; PANEL * VECTORS];

/// The operands of a block's gradient: `dW[rows][columns] = left[rows][samples] · right[samples][columns]`.
#[derive(Clone, Copy)]
pub(super) struct WeightGradient<'t, E = f32> {
    /// Number of elements that hold them.
    pub(super) samples: usize,
    pub(super) columns: usize,
    pub(super) left: Left<'t, E>,
    /// `[samples][columns]`
    pub(super) right: &'t [E],
}

impl<E: Element> WeightGradient<'_, E> {
    /// Whether its product can be interleaved with the update.
    pub(super) fn interleaves(&self) -> bool {
        matches!(self.left, Left::Columns { .. }) && self.columns.is_multiple_of(WIDTH)
    }

    /// The gradient of `tile`, interleaved with other work.
    #[inline(always)]
    pub(super) fn of_tile<'a, W: Interleave>(
        &'a self,
        tile: &Tile,
        gradient: &'a mut TileGradient,
        order: E::Order,
        interleaved: W,
    ) -> Product<'a, W, E> {
        Product {
            rows: tile.rows.len(),
            depth: self.samples,
            columns: tile.columns.len(),
            left: self.left.from_row(tile.rows.start),
            right: Right { data: &self.right[tile.columns.start..], depth_stride: self.columns, group_stride: WIDTH },
            start: Start::Zero,
            out: bytemuck::cast_slice_mut(gradient),
            out_stride: COLUMNS,
            order,
            interleaved,
        }
    }
}
