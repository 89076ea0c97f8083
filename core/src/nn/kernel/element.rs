//! What the operands of a product are made of: floats, or pairs of bfloat16.

use core::fmt::Debug;

use bytemuck::{Pod, Zeroable};

use super::lanes::Lanes;
use super::pair_order::PairOrder;

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
        Self(rounded(first) >> 16 | rounded(second))
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

/// The bits of a float that bfloat16 keeps.
const UPPER: u32 = 0xffff_0000;

/// The bits of `x` rounded to bfloat16, to nearest even. Denormal numbers become 0, as `VDPBF16PS` reads them.
#[inline(always)]
fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) & UPPER;
    if x.abs() < f32::MIN_POSITIVE { 0 } else { nearest }
}

/// Writes `row` to `to` in pairs of neighbours; the second of an odd last one is 0.
///
/// For use inside an [`Operation`](super::Operation) or [`Isa::vectorised`](super::Isa::vectorised).
#[inline(always)]
pub fn pair_neighbours(row: &[f32], to: &mut [Bf16Pair]) {
    const { assert!(cfg!(target_endian = "little"), "the first half of a pair comes first in memory") };
    let halves: &mut [u16] = bytemuck::cast_slice_mut(to);
    let (numbers, padding) = halves.split_at_mut(row.len());
    for (half, &x) in numbers.iter_mut().zip(row) {
        *half = (rounded(x) >> 16) as u16;
    }
    padding.fill(0);
}

/// Writes the numbers of two rows to `to` in pairs, the one of `first` first.
///
/// For use inside an [`Operation`](super::Operation) or [`Isa::vectorised`](super::Isa::vectorised).
#[inline(always)]
pub fn pair_rows(first: &[f32], second: &[f32], to: &mut [Bf16Pair]) {
    for ((to, &first), &second) in to.iter_mut().zip(first).zip(second) {
        *to = Bf16Pair::new(first, second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(x: f32) -> f32 {
        f32::from_bits(rounded(x))
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest_of_eight_bits_and_halves_to_the_even_one() {
        let ulp = 1.0 / 128.0;
        assert_eq!(round(1.0 + 0.49 * ulp), 1.0);
        assert_eq!(round(1.0 + 0.51 * ulp), 1.0 + ulp);
        assert_eq!((round(1.0 + 0.5 * ulp), round(1.0 + 1.5 * ulp)), (1.0, 1.0 + 2.0 * ulp));
        assert_eq!((round(-1.0 - 0.51 * ulp), round(1.999)), (-1.0 - ulp, 2.0));
        assert_eq!((round(f32::INFINITY), round(f32::MAX)), (f32::INFINITY, f32::INFINITY));
        assert_eq!((round(1e-39), round(0.0)), (0.0, 0.0));
        assert!(round(f32::NAN).is_nan() && round(-f32::NAN).is_nan());
    }

    #[test]
    fn a_pair_holds_both_numbers() {
        let pair = Bf16Pair::new(-1.5, 3.0);
        assert_eq!((pair.first(), pair.second()), (-1.5, 3.0));
    }

    #[test]
    fn rows_become_pairs_of_neighbours_or_pairs_of_rows() {
        let mut pairs = [Bf16Pair::new(9.0, 9.0); 2];
        pair_neighbours(&[1.0, 2.0, 3.0], &mut pairs);
        assert_eq!(pairs, [Bf16Pair::new(1.0, 2.0), Bf16Pair::new(3.0, 0.0)]);
        pair_rows(&[1.0, 2.0], &[3.0, 4.0], &mut pairs);
        assert_eq!(pairs, [Bf16Pair::new(1.0, 3.0), Bf16Pair::new(2.0, 4.0)]);
    }
}
