//! The update of a tile, interleaved with the weight gradient of the next tile.
//!
//! A weight gradient keeps the multiply-add units of a core busy and leaves its divider idle. An update is the opposite:
//! it waits for weights and moments from memory, takes a square root and divides. One after the other, they leave one
//! half of the core idle at a time. So the matrix product of tile `i + 1` calls [`Interleave::step`] between its
//! multiply-adds, once per vector, and each call updates one vector of tile `i`.
//!
//! The update of a vector is spread over two calls. An out-of-order core executes only a limited number of instructions
//! past one that has not finished. A division that waits for a square root takes so long that the multiply-adds behind
//! it would stall. So the first call updates the moments and takes the square root, and stores the [`Step`]; the call
//! after it divides and writes the weights.
//!
//! Each call also prefetches a vector of tile `i + 1`. Vectors of tile `i` that have no counterpart in tile `i + 1`
//! because it is smaller, and all vectors of the last tile, are updated after the product. When all weights of a tile
//! are updated, they are copied.

use core::ops::Range;

use super::copies::Copies;
use super::parameters::Vectors;
use super::tile::{Tile, VECTORS};
use super::weight_gradient::TileGradient;
use crate::nn::kernel::{CacheLine, Interleave, Lanes, RegisterTile, WIDTH};
use crate::nn::precision::{Precision, Rows};
use crate::train::optimiser::{Optimiser, Step};

/// The location of a tile in its block. The default is an empty tile.
#[derive(Clone, Copy, Default)]
pub(super) struct Location {
    /// Its first vector in the block.
    first: usize,
    rows: usize,
    /// Vectors in each row.
    width: usize,
    /// Its first row in the block.
    first_row: usize,
    /// Its first column.
    first_column: usize,
}

impl Location {
    /// The location of `tile` in a block with rows of `columns`.
    pub(super) fn new(tile: &Tile, columns: usize) -> Self {
        let first = (tile.rows.start * columns + tile.columns.start) / WIDTH;
        let (rows, width) = (tile.rows.len(), tile.columns.len() / WIDTH);
        Self { first, rows, width, first_row: tile.rows.start, first_column: tile.columns.start }
    }

    #[inline(always)]
    fn contains(&self, row: usize, column: usize) -> bool {
        row < self.rows && column < self.width
    }
}

/// The update of `tile`, to be interleaved with the gradient of the `next` one.
pub(super) struct TileUpdate<'s, 'v, 't, O, const MOMENTS: usize, E> {
    pub(super) block: &'s mut InterleavedUpdate<'v, 't, O, MOMENTS, E>,
    pub(super) tile: Location,
    /// The gradient of `tile`.
    pub(super) gradient: &'s TileGradient,
    pub(super) next: Location,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize, E: Precision> Interleave for TileUpdate<'_, '_, '_, O, MOMENTS, E> {
    const ENABLED: bool = true;

    #[inline(always)]
    fn step<T: RegisterTile>(&mut self, rows: Range<usize>, column: usize) {
        let column = column / WIDTH;
        self.block.complete::<T>();
        for (slot, row) in rows.clone().enumerate() {
            if self.tile.contains(row, column) {
                self.block.start::<T>(self.tile, row, column, self.gradient, slot);
            }
        }
        for row in rows {
            self.block.prefetch::<T>(self.next, row, column);
        }
    }
}

/// Most vectors whose update can be started at a time.
const MAX_STARTED: usize = 3;

/// The update of a block, tile by tile.
pub(super) struct InterleavedUpdate<'v, 't, O, const MOMENTS: usize, E> {
    optimiser: &'v O,
    vectors: Vectors<'v, MOMENTS>,
    copies: &'v mut Copies<'t, E>,
    started: [Started; MAX_STARTED],
}

/// A vector whose moments are updated and whose weights are not yet.
struct Started {
    /// Its index in the block.
    vector: usize,
    numerator: CacheLine,
    denominator: CacheLine,
}

impl Started {
    const NONE: Self =
        Self { vector: usize::MAX, numerator: CacheLine([0.0; WIDTH]), denominator: CacheLine([0.0; WIDTH]) };
}

/// A vector of a tile's gradient.
#[inline(always)]
fn gradient_at<L: Lanes>(gradient: &TileGradient, row: usize, column: usize) -> L {
    L::load(&gradient[row * VECTORS + column].0)
}

impl<'v, 't, O: Optimiser<MOMENTS>, const MOMENTS: usize, E: Precision> InterleavedUpdate<'v, 't, O, MOMENTS, E> {
    pub(super) fn new(optimiser: &'v O, vectors: Vectors<'v, MOMENTS>, copies: &'v mut Copies<'t, E>) -> Self {
        Self { optimiser, vectors, copies, started: [Started::NONE; MAX_STARTED] }
    }

    /// The index in the block of a tile's vector.
    #[inline(always)]
    fn vector(&self, tile: Location, row: usize, column: usize) -> usize {
        tile.first + row * self.vectors.per_row + column
    }

    /// Prefetches what the update of a vector reads and writes.
    #[inline(always)]
    fn prefetch<L: Lanes>(&self, tile: Location, row: usize, column: usize) {
        self.vectors.prefetch::<L>(self.vector(tile, row, column));
        self.copies.prefetch::<L>(tile.first_row, row, tile.first_column + column * WIDTH);
    }

    /// Updates the moments of a vector, and keeps the step of its weights in `slot`.
    #[inline(always)]
    fn start<L: Lanes>(&mut self, tile: Location, row: usize, column: usize, gradient: &TileGradient, slot: usize) {
        let vector = self.vector(tile, row, column);
        let step = self.vectors.step(self.optimiser, vector, gradient_at::<L>(gradient, row, column));
        let started = &mut self.started[slot];
        started.vector = vector;
        step.numerator.store(&mut started.numerator.0);
        step.denominator.store(&mut started.denominator.0);
    }

    /// Updates the weights of the vectors that were started.
    #[inline(always)]
    fn complete<T: RegisterTile>(&mut self) {
        const { assert!(T::INTERLEAVED_ROWS <= MAX_STARTED, "a step has more rows than there are slots") };
        for started in &mut self.started[..T::INTERLEAVED_ROWS] {
            let vector = core::mem::replace(&mut started.vector, usize::MAX);
            if let Some(weights) = self.vectors.weights.get_mut(vector) {
                let (numerator, denominator) = (T::load(&started.numerator.0), T::load(&started.denominator.0));
                Step { numerator, denominator }.apply(T::load(weights)).store(weights);
            }
        }
    }

    /// Updates the vectors of `tile` that the product of the `next` tile left, and writes the copies.
    #[inline(always)]
    pub(super) fn finish<T: RegisterTile>(&mut self, tile: Location, gradient: &TileGradient, next: Location) {
        self.complete::<T>();
        for row in 0..tile.rows {
            let updated = if row < next.rows { next.width } else { 0 };
            for column in updated..tile.width {
                let vector = self.vector(tile, row, column);
                self.vectors.update::<T, O>(self.optimiser, vector, gradient_at(gradient, row, column));
            }
        }
        let weights = &self.vectors.weights.as_flattened()[tile.first * WIDTH..];
        let (stride, columns) = (self.vectors.per_row * WIDTH, tile.width * WIDTH);
        let rows = Rows { weights, stride, count: tile.rows, columns };
        self.copies.write::<T>(rows, tile.first_row, tile.first_column);
    }
}
