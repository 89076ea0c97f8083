//! The two orders in which products of pairs are summed.

/// The order in which the products of pairs of bfloat16 are added up. [`Isa`](super::Isa) has one, for all products of a
/// training.
///
/// Every product of two numbers is exact in f32, and every sum is rounded to nearest even. So both orders are the same on
/// every machine, whether its multiply-adds are fused or not. Only denormal numbers differ, those below 1.2e-38: the
/// instructions read and write them as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairOrder {
    /// Pair after pair, of each the product of the second numbers first: the order of the instruction `VDPBF16PS`.
    Pairs,
    /// That of AMX's `TDPBF16PS`: of every sixteen pairs, one sum of the products of the first numbers from 0, one of the
    /// products of the second numbers, then the sum of both, which is added to C. The last pairs are padded with zeros to
    /// sixteen.
    Tiles(TileUnit),
}

/// What multiplies in the order of tiles: AMX, or multiply-adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileUnit {
    /// Made only by [`Isa`](super::Isa), which configures the tiles.
    pub(super) amx: bool,
}

impl PairOrder {
    /// Whether the products are AMX's.
    pub(super) const fn uses_amx(self) -> bool {
        matches!(self, Self::Tiles(TileUnit { amx: true }))
    }
}
