//! Lanes in plain Rust: the reference for the others and the ones of microcontrollers.

use core::array::from_fn;
use core::ops::{Add, Div, Mul, Sub};

use super::cache_line::WIDTH;
use super::element::{Bf16Pair, Element};
use super::lanes::{Lanes, operators};
use super::multiply::multiply;
use super::product::Product;
use super::register_tile::{Interleave, RegisterTile};
use super::tiles;

#[derive(Clone, Copy)]
pub(super) struct Portable([f32; WIDTH]);

impl Portable {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(from_fn(|i| f(self.0[i], other.0[i])))
    }
}

operators!([] Portable, Add add Add::add, Sub sub Sub::sub, Mul mul Mul::mul, Div div Div::div);

impl Lanes for Portable {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; WIDTH])
    }

    #[inline(always)]
    fn load(from: &[f32; WIDTH]) -> Self {
        Self(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; WIDTH]) {
        *to = self.0;
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.map(libm::sqrtf))
    }

    /// Two roundings: a fused operation in software would take a hundred instructions, and compilers do not fuse on their own.
    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        self + a * b
    }

    #[inline(always)]
    fn halves(self) -> [Self; 2] {
        let half = |shift: u32| Self(self.0.map(|pair| f32::from_bits(pair.to_bits() >> shift << 16)));
        [half(0), half(16)]
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        let mut lanes = [0.0; WIDTH];
        for (i, lane) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: `i < count`, and the caller guarantees `count` floats.
            *lane = unsafe { from.add(i).read() };
        }
        Self(lanes)
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        for (i, lane) in self.0.into_iter().enumerate().take(count) {
            // SAFETY: `i < count`, and the caller guarantees `count` floats.
            unsafe { to.add(i).write(lane) };
        }
    }

    #[inline(always)]
    fn prefetch(_at: *const f32) {}
}

impl RegisterTile for Portable {
    /// A tile of 2 rows fits the sixteen registers of SSE.
    #[inline(always)]
    fn multiply<W: Interleave, E: Element>(product: Product<'_, W, E>) {
        multiply::<Self, W, E, 2, 1>(product);
    }

    #[inline(never)]
    fn multiply_in_tiles(product: Product<'_, (), Bf16Pair>) {
        tiles::multiply::<Self, 1, 1>(product);
    }
}
