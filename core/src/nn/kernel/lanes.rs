//! Sixteen floats at a time.

use core::array::from_fn;
use core::ops::{Add, Div, Mul, Sub};

use super::cache_line::WIDTH;
use super::rounding::rounded_pair;

/// Sixteen floats and elementwise arithmetic on them, every operation correctly rounded.
///
/// Implemented in this crate only, and for use inside an [`Operation`](super::Operation) only: elsewhere the processor
/// may lack the instruction set that the methods need.
pub trait Lanes:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + private::Sealed
{
    /// `value` in all sixteen lanes.
    fn splat(value: f32) -> Self;
    /// Reads sixteen floats.
    fn load(from: &[f32; WIDTH]) -> Self;
    /// Writes sixteen floats.
    fn store(self, to: &mut [f32; WIDTH]);
    /// Square roots.
    fn sqrt(self) -> Self;
    /// `self + a * b`: fused, rounded once; except for the portable lanes, which round the product too.
    fn add_product(self, a: Self, b: Self) -> Self;

    /// The halves of pairs of bfloat16, as floats: the first and the second number of each.
    fn halves(self) -> [Self; 2];

    /// Rounds numbers to pairs of bfloat16: the one of `first` and the one of `second` in each lane.
    #[inline(always)]
    fn rounded_pairs(first: Self, second: Self) -> Self {
        rounded_pairs_one_by_one(first, second)
    }

    /// Rounds numbers to pairs of neighbours in bfloat16: those of `first`, then those of `second`.
    #[inline(always)]
    fn rounded_neighbours(first: Self, second: Self) -> Self {
        rounded_neighbours_one_by_one(first, second)
    }

    /// `self + a · b` of pairs of bfloat16: in the order of [`PairOrder::Pairs`](super::PairOrder::Pairs). Every
    /// product is exact, so it does not matter that the portable lanes round it.
    #[inline(always)]
    fn add_products_of_pairs(self, a: Self, b: Self) -> Self {
        add_products_of_halves(self, a, b)
    }

    /// Transposes a 16 by 16 block, given and returned as rows.
    #[inline(always)]
    fn transposed(rows: [Self; WIDTH]) -> [Self; WIDTH] {
        let mut block = [[0.0; WIDTH]; WIDTH];
        for (row, lanes) in block.iter_mut().zip(rows) {
            lanes.store(row);
        }
        from_fn(|column| Self::load(&from_fn(|row| block[row][column])))
    }

    /// Reads the first `count` floats at `from`; the other lanes are 0.
    ///
    /// # Safety
    /// `count` floats at `from` are readable; `count <= WIDTH`.
    unsafe fn load_first(from: *const f32, count: usize) -> Self;
    /// Writes the first `count` floats to `to`.
    ///
    /// # Safety
    /// `count` floats at `to` are writable; `count <= WIDTH`.
    unsafe fn store_first(self, to: *mut f32, count: usize);
    /// Requests the cache line at `at`, which need not be readable. Does nothing without such an instruction.
    fn prefetch(at: *const f32);
    /// [`Lanes::prefetch`] for a line that will be written: invalidates the copies in the caches of other cores.
    #[inline(always)]
    fn prefetch_to_write(at: *const f32) {
        Self::prefetch(at);
    }
}

pub(super) mod private {
    /// Keeps other crates from implementing [`Lanes`](super::Lanes).
    pub trait Sealed {}
}

/// Reads up to sixteen floats; the other lanes are 0.
///
/// # Panics
/// If there are more.
#[inline(always)]
pub fn load_part<L: Lanes>(from: &[f32]) -> L {
    match from.try_into() {
        Ok(all) => L::load(all),
        Err(_) => {
            assert!(from.len() < WIDTH, "more floats than lanes");
            // SAFETY: as many floats are readable.
            unsafe { L::load_first(from.as_ptr(), from.len()) }
        }
    }
}

/// Reads `count` rows of a 16 by 16 block, `width` floats of each, and pads them with zeros. `stride` is the distance between
/// rows.
///
/// # Panics
/// If there are more than sixteen rows, or floats in a row.
#[inline(always)]
pub fn load_block<L: Lanes>(from: &[f32], stride: usize, count: usize, width: usize) -> [L; WIDTH] {
    let mut block = [L::splat(0.0); WIDTH];
    for (row, lanes) in block[..count].iter_mut().enumerate() {
        *lanes = load_part(&from[row * stride..][..width]);
    }
    block
}

/// Writes the first lanes, as many as there are floats: up to sixteen.
///
/// # Panics
/// If there are more.
#[inline(always)]
pub fn store_part<L: Lanes>(lanes: L, to: &mut [f32]) {
    match <&mut [f32; WIDTH]>::try_from(&mut *to) {
        Ok(all) => lanes.store(all),
        Err(_) => {
            assert!(to.len() < WIDTH, "more floats than lanes");
            // SAFETY: as many floats are writable.
            unsafe { lanes.store_first(to.as_mut_ptr(), to.len()) };
        }
    }
}

/// [`Lanes::rounded_pairs`] by plain Rust.
#[inline(always)]
pub(super) fn rounded_pairs_one_by_one<L: Lanes>(first: L, second: L) -> L {
    let [mut pairs, mut seconds] = [[0.0; WIDTH]; 2];
    first.store(&mut pairs);
    second.store(&mut seconds);
    for (pair, second) in pairs.iter_mut().zip(seconds) {
        *pair = f32::from_bits(rounded_pair(*pair, second));
    }
    L::load(&pairs)
}

/// [`Lanes::rounded_neighbours`] by plain Rust.
#[inline(always)]
pub(super) fn rounded_neighbours_one_by_one<L: Lanes>(first: L, second: L) -> L {
    let mut numbers = [[0.0; WIDTH]; 2];
    first.store(&mut numbers[0]);
    second.store(&mut numbers[1]);
    let mut pairs = [0.0; WIDTH];
    for (pair, &[first, second]) in pairs.iter_mut().zip(numbers.as_flattened().as_chunks().0) {
        *pair = f32::from_bits(rounded_pair(first, second));
    }
    L::load(&pairs)
}

/// `sum + a · b` of pairs of bfloat16, by multiply-adds of floats.
#[inline(always)]
pub(super) fn add_products_of_halves<L: Lanes>(sum: L, a: L, b: L) -> L {
    let ([a_first, a_second], [b_first, b_second]) = (a.halves(), b.halves());
    sum.add_product(a_second, b_second).add_product(a_first, b_first)
}

/// Implements the operators of a [`Lanes`], each by a function of two registers. In brackets are its generic parameters.
macro_rules! operators {
    (@operator [$($generics:tt)*] $lanes:ty, $operator:ident $method:ident $function:expr) => {
        impl<$($generics)*> core::ops::$operator for $lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.zip(other, $function)
            }
        }
    };
    (@sealed [$($generics:tt)*] $lanes:ty) => {
        impl<$($generics)*> $crate::nn::kernel::lanes::private::Sealed for $lanes {}
    };
    ($generics:tt $lanes:ty, $($operator:ident $method:ident $function:expr),+) => {
        $crate::nn::kernel::lanes::operators!(@sealed $generics $lanes);
        $($crate::nn::kernel::lanes::operators!(@operator $generics $lanes, $operator $method $function);)+
    };
}
pub(super) use operators;
