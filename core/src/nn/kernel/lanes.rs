//! Sixteen floats at a time.

use core::array::from_fn;
use core::ops::{Add, Div, Mul, Sub};

use super::{Beside, Product};

/// Floats in a [`Lanes`]: one register of AVX-512, two of AVX2, four of SSE or NEON.
pub const WIDTH: usize = 16;

/// Sixteen floats and the arithmetic on them, element by element, every operation correctly rounded.
///
/// Implemented in this crate only, and of use only inside an [`Operation`](super::Operation): outside of it the
/// instruction set that the methods need is not known to be there.
pub trait Lanes:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + private::Sealed
{
    /// `value` sixteen times.
    fn splat(value: f32) -> Self;
    /// From memory.
    fn load(from: &[f32; WIDTH]) -> Self;
    /// To memory.
    fn store(self, to: &mut [f32; WIDTH]);
    /// Square roots.
    fn sqrt(self) -> Self;
    /// `self + a * b`: rounded once, but by the portable lanes, which round the product too.
    fn add_product(self, a: Self, b: Self) -> Self;

    /// Sixteen columns of what `rows` are the rows of.
    #[inline(always)]
    fn transposed(rows: [Self; WIDTH]) -> [Self; WIDTH] {
        let mut block = [[0.0; WIDTH]; WIDTH];
        for (row, lanes) in block.iter_mut().zip(rows) {
            lanes.store(row);
        }
        from_fn(|column| Self::load(&from_fn(|row| block[row][column])))
    }

    /// Reads the first `count` floats at `from`; the others are 0.
    ///
    /// # Safety
    /// `count` floats at `from` are readable; `count <= WIDTH`.
    unsafe fn load_first(from: *const f32, count: usize) -> Self;
    /// Writes the first `count` floats to `to`.
    ///
    /// # Safety
    /// `count` floats at `to` are writable; `count <= WIDTH`.
    unsafe fn store_first(self, to: *mut f32, count: usize);
    /// Asks for the cache line at `at`, which need not be readable.
    fn prefetch(at: *const f32);
    /// The same for a line that will be written: other cores are asked to forget it. Where the processor has no such
    /// request it is a [`Lanes::prefetch`].
    #[inline(always)]
    fn prefetch_to_write(at: *const f32) {
        Self::prefetch(at);
    }

    /// Rows for which a step is done [beside](Beside) a product at a time: more than one where a tile's sums have to
    /// leave the registers for it.
    const BESIDE: usize = 1;

    /// Does `product` with the tile that suits the registers.
    fn multiply<W: Beside>(product: Product<'_, W>);
}

pub(super) mod private {
    /// Keeps [`Lanes`](super::Lanes) to this crate.
    pub trait Sealed {}
}

/// Writes the operators of a [`Lanes`] in terms of one function for each.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
macro_rules! operators {
    ($lanes:ty, $($operator:ident $method:ident $function:ident),+) => {
        impl $crate::nn::kernel::lanes::private::Sealed for $lanes {}
        $(impl core::ops::$operator for $lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.zip(other, $function)
            }
        })+
    };
}
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
pub(super) use operators;
