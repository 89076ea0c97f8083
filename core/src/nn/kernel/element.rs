//! What the operands of a product are made of: floats, or pairs of bfloat16.

use core::fmt::Debug;

use bytemuck::{Pod, Zeroable};

use super::cache_line::WIDTH;
use super::lanes::{Lanes, load_part, store_part};
use super::pair_order::PairOrder;
use super::rounding::{UPPER, rounded_pair};

/// An element of an operand, 32 bits long.
pub trait Element: Pod + Debug + Send + Sync {
    /// Numbers of the depth of a product that an element holds.
    const DEPTH: usize;

    /// Whether that is a pair.
    const PAIRS: bool = Self::DEPTH == 2;

    /// An element of ones.
    const ONES: &'static [Self];

    /// In which order products are summed, if there is more than one.
    type Order: Copy + Debug + Send + Sync;

    /// Its order where pairs are summed in `order`.
    fn order(order: PairOrder) -> Self::Order;

    /// The order as one of pairs.
    fn pair_order(order: Self::Order) -> PairOrder;

    /// `sum + a b`, in each lane; of pairs in the order of [`PairOrder::Pairs`]. The lanes of `a` and `b` are the bits of
    /// elements.
    fn add_product<L: Lanes>(sum: L, a: L, b: L) -> L;
}

impl Element for f32 {
    const DEPTH: usize = 1;
    const ONES: &'static [Self] = &[1.0];

    type Order = ();

    #[inline(always)]
    fn order(_: PairOrder) {}

    #[inline(always)]
    fn pair_order((): ()) -> PairOrder {
        PairOrder::Pairs
    }

    #[inline(always)]
    fn add_product<L: Lanes>(sum: L, a: L, b: L) -> L {
        sum.add_product(a, b)
    }
}

/// Two numbers in bfloat16, which follow each other in the depth of a product: the upper halves of two floats.
///
/// The product of two such numbers is exact in f32. [`PairOrder`] has the orders in which products are summed, those of two
/// instructions, which multiply-adds in f32 reproduce to the bit, fused or not. Only where a sum is so small that it is
/// denormal they differ: the instructions set it to 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub struct Bf16Pair(u32);

impl Bf16Pair {
    /// Rounds two numbers to bfloat16.
    #[inline(always)]
    pub fn new(first: f32, second: f32) -> Self {
        Self(rounded_pair(first, second))
    }

    /// The bits of both numbers.
    #[inline(always)]
    pub fn halves(self) -> [u16; 2] {
        [self.0 as u16, (self.0 >> 16) as u16]
    }

    /// The first number.
    #[inline(always)]
    pub fn first(self) -> f32 {
        f32::from_bits(self.0 << 16)
    }

    /// The second number.
    #[inline(always)]
    pub fn second(self) -> f32 {
        f32::from_bits(self.0 & UPPER)
    }
}

impl Element for Bf16Pair {
    const DEPTH: usize = 2;
    const ONES: &'static [Self] = &[Self(0x3f80_3f80)];

    type Order = PairOrder;

    #[inline(always)]
    fn order(order: PairOrder) -> PairOrder {
        order
    }

    #[inline(always)]
    fn pair_order(order: PairOrder) -> PairOrder {
        order
    }

    #[inline(always)]
    fn add_product<L: Lanes>(sum: L, a: L, b: L) -> L {
        sum.add_products_of_pairs(a, b)
    }
}

/// Rounds `row` to pairs of neighbours; the second of an odd last one is 0.
///
/// For use inside an [`Operation`](super::Operation).
///
/// # Panics
/// If `to` is not exactly as long as that.
#[inline(always)]
pub fn pair_neighbours<L: Lanes>(row: &[f32], to: &mut [Bf16Pair]) {
    assert!(to.len() == row.len().div_ceil(2), "there is one pair for every two numbers");
    for (numbers, to) in row.chunks(2 * WIDTH).zip(to.chunks_mut(WIDTH)) {
        let (first, second) = numbers.split_at(WIDTH.min(numbers.len()));
        store_part(L::rounded_neighbours(load_part(first), load_part(second)), bytemuck::cast_slice_mut(to));
    }
}

/// Rounds the numbers of two rows to pairs, the one of `first` first.
///
/// For use inside an [`Operation`](super::Operation).
///
/// # Panics
/// If the three are not equally long.
#[inline(always)]
pub fn pair_rows<L: Lanes>(first: &[f32], second: &[f32], to: &mut [Bf16Pair]) {
    assert!(first.len() == to.len() && second.len() == to.len(), "there is one pair for every column");
    for ((to, first), second) in to.chunks_mut(WIDTH).zip(first.chunks(WIDTH)).zip(second.chunks(WIDTH)) {
        store_part(L::rounded_pairs(load_part(first), load_part(second)), bytemuck::cast_slice_mut(to));
    }
}

#[cfg(test)]
mod tests {
    use super::super::portable::Portable;
    use super::*;

    #[test]
    fn a_pair_holds_both_numbers() {
        let pair = Bf16Pair::new(-1.5, 3.0);
        assert_eq!((pair.first(), pair.second()), (-1.5, 3.0));
    }

    #[test]
    fn rows_become_pairs_of_neighbours_or_pairs_of_rows() {
        let mut pairs = [Bf16Pair::new(9.0, 9.0); 2];
        pair_neighbours::<Portable>(&[1.0, 2.0, 3.0], &mut pairs);
        assert_eq!(pairs, [Bf16Pair::new(1.0, 2.0), Bf16Pair::new(3.0, 0.0)]);
        pair_rows::<Portable>(&[1.0, 2.0], &[3.0, 4.0], &mut pairs);
        assert_eq!(pairs, [Bf16Pair::new(1.0, 3.0), Bf16Pair::new(2.0, 4.0)]);
    }
}
