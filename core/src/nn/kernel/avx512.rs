//! Lanes of AVX-512: one register of sixteen floats, with and without the instructions for bfloat16.

use core::arch::x86_64::*;

use super::cache_line::WIDTH;
use super::element::{Bf16Pair, Element};
use super::lanes::{Lanes, add_products_of_halves, operators, rounded_neighbours_one_by_one, rounded_pairs_one_by_one};
use super::multiply::multiply;
use super::operation::Operation;
use super::prefetch;
use super::product::Product;
use super::register_tile::{Interleave, RegisterTile};
use super::tiles;

/// `BF16`: whether the processor multiplies pairs of bfloat16.
#[derive(Clone, Copy)]
pub(super) struct Avx512<const BF16: bool>(__m512);

/// Runs `operation` with AVX-512.
#[target_feature(enable = "avx512f,avx512cd,avx2,fma")]
pub(super) fn run<O: Operation>(operation: O) -> O::Output {
    operation.run::<Avx512<false>>()
}

/// Runs `operation` with AVX-512 and its instructions for bfloat16.
#[target_feature(enable = "avx512bf16,avx512bw,avx512f,avx512cd,avx2,fma")]
pub(super) fn run_with_bf16<O: Operation>(operation: O) -> O::Output {
    operation.run::<Avx512<true>>()
}

/// Four rows of two groups have 16 registers of sums, and the halves of pairs take 6. The instructions for pairs are of no
/// use.
#[target_feature(enable = "avx512f,avx512cd,avx2,fma")]
#[inline(never)]
fn multiply_in_tiles(product: Product<'_, (), Bf16Pair>) {
    tiles::multiply::<Avx512<false>, 4, 2>(product);
}

impl<const BF16: bool> Avx512<BF16> {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(__m512, __m512) -> __m512) -> Self {
        Self(f(self.0, other.0))
    }
}

#[inline(always)]
fn add(a: __m512, b: __m512) -> __m512 {
    // SAFETY: `run` enables the instruction set.
    unsafe { _mm512_add_ps(a, b) }
}

#[inline(always)]
fn sub(a: __m512, b: __m512) -> __m512 {
    // SAFETY: `run` enables the instruction set.
    unsafe { _mm512_sub_ps(a, b) }
}

#[inline(always)]
fn mul(a: __m512, b: __m512) -> __m512 {
    // SAFETY: `run` enables the instruction set.
    unsafe { _mm512_mul_ps(a, b) }
}

#[inline(always)]
fn div(a: __m512, b: __m512) -> __m512 {
    // SAFETY: `run` enables the instruction set.
    unsafe { _mm512_div_ps(a, b) }
}

operators!([const BF16: bool] Avx512<BF16>, Add add add, Sub sub sub, Mul mul mul, Div div div);

/// Rounds the numbers of both registers to bfloat16: those of `first`, then those of `second`.
#[target_feature(enable = "avx512bf16,avx512f")]
#[inline]
fn rounded(first: __m512, second: __m512) -> __m512i {
    // SAFETY: both are registers of 512 bits.
    unsafe { core::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(second, first)) }
}

/// Where the numbers of pairs are in two registers that are rounded to one: 0, 16, 1, 17 and so on.
const HALVES_IN_TURN: __m512i = {
    let (mut halves, mut pair) = ([0; 2 * WIDTH], 0);
    while pair < WIDTH {
        (halves[2 * pair], halves[2 * pair + 1]) = (pair as u16, (WIDTH + pair) as u16);
        pair += 1;
    }
    // SAFETY: both have 512 bits, all of which count.
    unsafe { core::mem::transmute::<[u16; 2 * WIDTH], __m512i>(halves) }
};

/// A mask that selects the first `count` of sixteen floats.
#[inline(always)]
fn first(count: usize) -> __mmask16 {
    debug_assert!(count <= WIDTH);
    ((1u32 << count) - 1) as __mmask16
}

impl<const BF16: bool> Lanes for Avx512<BF16> {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: `run` enables the instruction set.
        Self(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    fn load(from: &[f32; WIDTH]) -> Self {
        // SAFETY: sixteen floats are readable; `run` enables the instruction set.
        Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; WIDTH]) {
        // SAFETY: sixteen floats are writable; `run` enables the instruction set.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) };
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: `run` enables the instruction set.
        Self(unsafe { _mm512_sqrt_ps(self.0) })
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: `run` enables the instruction set.
        Self(unsafe { _mm512_fmadd_ps(a.0, b.0, self.0) })
    }

    #[inline(always)]
    fn halves(self) -> [Self; 2] {
        // SAFETY: `run` enables the instruction set.
        unsafe {
            let bits = _mm512_castps_si512(self.0);
            let upper = _mm512_and_si512(bits, _mm512_set1_epi32(-1 << 16));
            [Self(_mm512_castsi512_ps(_mm512_slli_epi32::<16>(bits))), Self(_mm512_castsi512_ps(upper))]
        }
    }

    #[inline(always)]
    fn rounded_pairs(first: Self, second: Self) -> Self {
        if !BF16 {
            return rounded_pairs_one_by_one(first, second);
        }
        // SAFETY: `run_with_bf16` enables the instruction set.
        Self(unsafe { _mm512_castsi512_ps(_mm512_permutexvar_epi16(HALVES_IN_TURN, rounded(first.0, second.0))) })
    }

    #[inline(always)]
    fn rounded_neighbours(first: Self, second: Self) -> Self {
        if !BF16 {
            return rounded_neighbours_one_by_one(first, second);
        }
        // SAFETY: `run_with_bf16` enables the instruction set.
        Self(unsafe { _mm512_castsi512_ps(rounded(first.0, second.0)) })
    }

    #[inline(always)]
    fn add_products_of_pairs(self, a: Self, b: Self) -> Self {
        if !BF16 {
            return add_products_of_halves(self, a, b);
        }
        // SAFETY: both are registers of 512 bits, and those of a pair are two numbers in bfloat16.
        let pairs = |lanes: Self| unsafe { core::mem::transmute::<__m512, __m512bh>(lanes.0) };
        // SAFETY: `run_with_bf16` enables the instruction set.
        Self(unsafe { _mm512_dpbf16_ps(self.0, pairs(a), pairs(b)) })
    }

    /// In four rounds of exchanges: of single floats, of pairs, and twice of quarters of a register.
    #[inline(always)]
    fn transposed(rows: [Self; WIDTH]) -> [Self; WIDTH] {
        let r = rows.map(|row| row.0);
        // SAFETY: `run` enables the instruction set.
        unsafe {
            let mut t = r;
            for i in (0..WIDTH).step_by(2) {
                t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
                t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
            }
            // Quarter q of u[4 i + c] holds rows 4 i to 4 i + 3 of column 4 q + c.
            let mut u = t;
            for i in (0..WIDTH).step_by(4) {
                let pairs = |a: usize, b: usize| (_mm512_castps_pd(t[i + a]), _mm512_castps_pd(t[i + b]));
                for (to, (a, b)) in [(i, pairs(0, 2)), (i + 2, pairs(1, 3))] {
                    u[to] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
                    u[to + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
                }
            }
            const EVEN: i32 = 0b10_00_10_00;
            const ODD: i32 = 0b11_01_11_01;
            let mut columns = rows;
            for c in 0..4 {
                let (even_top, odd_top) =
                    (_mm512_shuffle_f32x4::<EVEN>(u[c], u[4 + c]), _mm512_shuffle_f32x4::<ODD>(u[c], u[4 + c]));
                let (even_low, odd_low) = (
                    _mm512_shuffle_f32x4::<EVEN>(u[8 + c], u[12 + c]),
                    _mm512_shuffle_f32x4::<ODD>(u[8 + c], u[12 + c]),
                );
                columns[c] = Self(_mm512_shuffle_f32x4::<EVEN>(even_top, even_low));
                columns[4 + c] = Self(_mm512_shuffle_f32x4::<EVEN>(odd_top, odd_low));
                columns[8 + c] = Self(_mm512_shuffle_f32x4::<ODD>(even_top, even_low));
                columns[12 + c] = Self(_mm512_shuffle_f32x4::<ODD>(odd_top, odd_low));
            }
            columns
        }
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        // SAFETY: the mask selects `count` floats, which the caller guarantees; the others are not accessed.
        Self(unsafe { _mm512_maskz_loadu_ps(first(count), from) })
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        // SAFETY: the mask selects `count` floats, which the caller guarantees; the others are not accessed.
        unsafe { _mm512_mask_storeu_ps(to, first(count), self.0) };
    }

    #[inline(always)]
    fn prefetch(at: *const f32) {
        prefetch::to_read(at);
    }

    #[inline(always)]
    fn prefetch_to_write(at: *const f32) {
        prefetch::to_write(at);
    }
}

impl<const BF16: bool> RegisterTile for Avx512<BF16> {
    /// 24 sums, 3 registers of B and a broadcast take 28 of the 32 registers; of pairs without the instruction, 24 sums, 4
    /// halves of B, 2 of A and a mask take 31.
    #[inline(always)]
    fn multiply<W: Interleave, E: Element>(product: Product<'_, W, E>) {
        if E::PAIRS && !BF16 {
            multiply::<Self, W, E, 12, 2>(product);
        } else {
            multiply::<Self, W, E, 8, 3>(product);
        }
    }

    #[inline(always)]
    fn multiply_in_tiles(product: Product<'_, (), Bf16Pair>) {
        // SAFETY: `run` enables the instruction set.
        unsafe { multiply_in_tiles(product) };
    }
}
