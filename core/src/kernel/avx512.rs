//! Lanes of AVX-512: one register of sixteen floats.

use core::arch::x86_64::*;

use super::lanes::operators;
use super::product::multiply;
use super::{Isa, Lanes, Operation, Product, WIDTH};

#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512);

/// Runs `operation` with AVX-512, of whose presence `_proof` is the witness.
pub(super) fn run<O: Operation>(_proof: Isa, operation: O) -> O::Output {
    #[target_feature(enable = "avx512f,avx2,fma")]
    fn enabled<O: Operation>(operation: O) -> O::Output {
        operation.run::<Avx512>()
    }
    // SAFETY: an `Isa` of this kind is made by detection alone.
    unsafe { enabled(operation) }
}

impl Avx512 {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(__m512, __m512) -> __m512) -> Self {
        Self(f(self.0, other.0))
    }
}

#[inline(always)]
fn add(a: __m512, b: __m512) -> __m512 {
    // SAFETY: lanes are used inside `run` only.
    unsafe { _mm512_add_ps(a, b) }
}

#[inline(always)]
fn sub(a: __m512, b: __m512) -> __m512 {
    // SAFETY: lanes are used inside `run` only.
    unsafe { _mm512_sub_ps(a, b) }
}

#[inline(always)]
fn mul(a: __m512, b: __m512) -> __m512 {
    // SAFETY: lanes are used inside `run` only.
    unsafe { _mm512_mul_ps(a, b) }
}

#[inline(always)]
fn div(a: __m512, b: __m512) -> __m512 {
    // SAFETY: lanes are used inside `run` only.
    unsafe { _mm512_div_ps(a, b) }
}

operators!(Avx512, Add add add, Sub sub sub, Mul mul mul, Div div div);

/// A mask that selects the first `count` of sixteen floats.
#[inline(always)]
fn first(count: usize) -> __mmask16 {
    debug_assert!(count <= WIDTH);
    ((1u32 << count) - 1) as __mmask16
}

impl Lanes for Avx512 {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: lanes are used inside `run` only.
        Self(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    fn load(from: &[f32; WIDTH]) -> Self {
        // SAFETY: sixteen floats are readable; lanes are used inside `run` only.
        Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; WIDTH]) {
        // SAFETY: sixteen floats are writable; lanes are used inside `run` only.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) };
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: lanes are used inside `run` only.
        Self(unsafe { _mm512_sqrt_ps(self.0) })
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: lanes are used inside `run` only.
        Self(unsafe { _mm512_fmadd_ps(a.0, b.0, self.0) })
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        // SAFETY: the mask selects `count` floats, for which the caller vouches; the rest is not touched.
        Self(unsafe { _mm512_maskz_loadu_ps(first(count), from) })
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        // SAFETY: the mask selects `count` floats, for which the caller vouches; the rest is not touched.
        unsafe { _mm512_mask_storeu_ps(to, first(count), self.0) };
    }

    #[inline(always)]
    fn prefetch(at: *const f32) {
        // SAFETY: a prefetch does not fault, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) };
    }

    /// 24 sums, 3 floats of the right side and a broadcast use 28 of the 32 registers.
    #[inline(always)]
    fn multiply(product: Product<'_>) {
        multiply::<Self, 8, 3>(product);
    }
}
