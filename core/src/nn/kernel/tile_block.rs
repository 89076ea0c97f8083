//! A block of [tiles](super::tiles), which AMX or multiply-adds compute.

use super::cache_line::WIDTH;

/// Rows of a tile, and its columns: pairs in a tile of A, sums in one of C.
pub(super) const TILE: usize = WIDTH;

/// Most groups of columns of a block with one tile of rows; with two it is one less.
pub(super) const GROUPS: usize = 3;

/// An operand of a block: the bits of its pairs. Distances count pairs.
#[derive(Clone, Copy)]
pub(super) struct Operand {
    pub(super) data: *const f32,
    /// Between rows.
    pub(super) stride: usize,
    /// In A between steps of the depth, in B between groups of columns.
    pub(super) next: usize,
}

/// The initial sums of a block, and the distance between their rows: 0 if all are the same.
pub(super) type Initial = (*const f32, usize);

/// C of a block, and the distance between its rows.
pub(super) type Sums = (*mut f32, usize);

/// A block of a product: `C = start + A · B`, in whole tiles.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// Rows that count, in one tile or two.
    pub(super) rows: usize,
    /// Groups of sixteen columns: up to [`GROUPS`].
    pub(super) groups: usize,
    /// Steps of the depth, sixteen pairs each.
    pub(super) steps: usize,
    pub(super) a: Operand,
    pub(super) b: Operand,
    pub(super) start: Initial,
    pub(super) c: Sums,
}
