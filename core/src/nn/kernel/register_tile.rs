//! What an instruction set implements: arithmetic, and matrix products in a tile that fits its registers.

use core::ops::Range;

use super::element::{Bf16Pair, Element};
use super::lanes::Lanes;
use super::product::Product;

/// Matrix products by [`Lanes`].
pub trait RegisterTile: Lanes {
    /// Most rows of one [`Interleave::step`]: more than one where the sums of the tile have to leave the registers for it.
    const INTERLEAVED_ROWS: usize = 1;

    /// Computes `product` in tiles that suit the registers.
    ///
    /// # Panics
    /// If a slice is shorter than its sizes and strides say.
    fn multiply<W: Interleave, E: Element>(product: Product<'_, W, E>);

    /// Computes a product in the order of [`PairOrder::Tiles`](super::PairOrder::Tiles), whose slices are checked: one
    /// function for all such products, which is not inlined.
    fn multiply_in_tiles(product: Product<'_, (), Bf16Pair>);
}

/// Work interleaved with a matrix product: small steps between its multiply-adds, for the units of the processor that
/// the product leaves idle.
pub trait Interleave {
    /// Whether there is anything to do. If not, the product is computed without interruption.
    const ENABLED: bool;

    /// Does the step for the group of sixteen columns that begins at `column`, in each of `rows`. It is called once for
    /// every group of every row of the product, at even distances.
    fn step<T: RegisterTile>(&mut self, rows: Range<usize>, column: usize);
}

/// No interleaved work.
impl Interleave for () {
    const ENABLED: bool = false;

    #[inline(always)]
    fn step<T: RegisterTile>(&mut self, _rows: Range<usize>, _column: usize) {}
}
