//! A block of weights: its gradient and its update, tile by tile.

use bytemuck::Zeroable;

use super::copies::Copies;
use super::interleaved::{InterleavedUpdate, Location, TileUpdate};
use super::parameters::Parameters;
use super::tile::{Tile, VECTORS, tiles};
use super::weight_gradient::{TileGradient, WeightGradient};
use crate::nn::kernel::{Element, Isa, Operation, RegisterTile};
use crate::nn::precision::{Precision, Rows};
use crate::train::optimiser::Optimiser;

/// Rows of a kernel, or a bias, with the operands of their gradient. A block owns what its update writes.
pub struct Block<'t, const MOMENTS: usize, E = f32> {
    pub(super) gradient: WeightGradient<'t, E>,
    pub(super) parameters: Parameters<'t, MOMENTS>,
    pub(super) copies: Copies<'t, E>,
}

impl<const MOMENTS: usize, E: Precision> Block<'_, MOMENTS, E> {
    /// Computes the gradient of the block and updates its weights, moments and copies.
    pub fn update<O: Optimiser<MOMENTS>>(&mut self, isa: Isa, optimiser: &O) {
        if self.gradient.interleaves() {
            isa.run(Interleaved { block: self, optimiser, order: E::order(isa.pair_order()) });
        } else {
            self.update_sequentially(isa, optimiser);
        }
    }

    /// Updates each tile after its gradient: small blocks, and those whose rows are not whole vectors.
    fn update_sequentially<O: Optimiser<MOMENTS>>(&mut self, isa: Isa, optimiser: &O) {
        let Self { gradient, parameters, copies } = self;
        let mut computed: TileGradient = Zeroable::zeroed();
        for tile in tiles(parameters.weights.len() / gradient.columns, gradient.columns) {
            isa.run(gradient.of_tile(&tile, &mut computed, E::order(isa.pair_order()), ()));
            isa.run(TileStep { tile, gradient: &computed, columns: gradient.columns, parameters, copies, optimiser });
        }
    }
}

/// The update of a block in which each tile is updated while the gradient of the next one is computed.
struct Interleaved<'a, 't, O, const MOMENTS: usize, E: Element> {
    block: &'a mut Block<'t, MOMENTS, E>,
    optimiser: &'a O,
    order: E::Order,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize, E: Precision> Operation for Interleaved<'_, '_, O, MOMENTS, E> {
    type Output = ();

    const PAIRS: bool = E::PAIRS;

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self { block: Block { gradient, parameters, copies }, optimiser, order } = self;
        let columns = gradient.columns;
        let mut buffers: [TileGradient; 2] = Zeroable::zeroed();
        let [mut computed, mut previous] = buffers.each_mut();
        let tiles = tiles(parameters.weights.len() / columns, columns);
        let mut block = InterleavedUpdate::new(optimiser, parameters.vectors(columns), copies);
        let mut location = Location::default();
        for tile in tiles {
            let next = Location::new(&tile, columns);
            let update = TileUpdate { block: &mut block, tile: location, gradient: previous, next };
            T::multiply(gradient.of_tile(&tile, computed, order, update));
            block.finish::<T>(location, previous, next);
            location = next;
            core::mem::swap(&mut computed, &mut previous);
        }
        block.finish::<T>(location, previous, Location::default());
    }
}

/// The update of a tile whose gradient is computed.
struct TileStep<'a, 't, O, const MOMENTS: usize, E> {
    tile: Tile,
    gradient: &'a TileGradient,
    /// Of the block.
    columns: usize,
    parameters: &'a mut Parameters<'t, MOMENTS>,
    copies: &'a mut Copies<'t, E>,
    optimiser: &'a O,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize, E: Precision> Operation for TileStep<'_, '_, O, MOMENTS, E> {
    type Output = ();

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self { tile, gradient, columns, parameters, copies, optimiser } = self;
        for (row, gradient) in tile.rows.clone().zip(gradient.chunks_exact(VECTORS)) {
            let gradient = &bytemuck::cast_slice(gradient)[..tile.columns.len()];
            parameters.update::<T, O>(optimiser, row * columns + tile.columns.start, gradient);
        }
        let weights = &parameters.weights[tile.rows.start * columns + tile.columns.start..];
        let rows = Rows { weights, stride: columns, count: tile.rows.len(), columns: tile.columns.len() };
        copies.write::<T>(rows, tile.rows.start, tile.columns.start);
    }
}
