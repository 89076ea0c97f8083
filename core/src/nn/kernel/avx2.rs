//! Lanes of AVX2 with FMA: two registers of eight floats.

use core::arch::x86_64::*;

use super::cache_line::WIDTH;
use super::element::{Bf16Pair, Element};
use super::lanes::{Lanes, operators};
use super::multiply::multiply;
use super::operation::Operation;
use super::prefetch;
use super::product::Product;
use super::register_tile::{Interleave, RegisterTile};
use super::tiles;

#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256, __m256);

/// Runs `operation` with AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) fn run<O: Operation>(operation: O) -> O::Output {
    operation.run::<Avx2>()
}

/// Two rows have 8 registers of sums, and the halves of pairs take 6.
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn multiply_in_tiles(product: Product<'_, (), Bf16Pair>) {
    tiles::multiply::<Avx2, 2, 1>(product);
}

impl Avx2 {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(__m256, __m256) -> __m256) -> Self {
        Self(f(self.0, other.0), f(self.1, other.1))
    }
}

#[inline(always)]
fn add(a: __m256, b: __m256) -> __m256 {
    // SAFETY: `run` enables the instruction set.
    unsafe { _mm256_add_ps(a, b) }
}

#[inline(always)]
fn sub(a: __m256, b: __m256) -> __m256 {
    // SAFETY: `run` enables the instruction set.
    unsafe { _mm256_sub_ps(a, b) }
}

#[inline(always)]
fn mul(a: __m256, b: __m256) -> __m256 {
    // SAFETY: `run` enables the instruction set.
    unsafe { _mm256_mul_ps(a, b) }
}

#[inline(always)]
fn div(a: __m256, b: __m256) -> __m256 {
    // SAFETY: `run` enables the instruction set.
    unsafe { _mm256_div_ps(a, b) }
}

operators!([] Avx2, Add add add, Sub sub sub, Mul mul mul, Div div div);

/// A mask that selects the first `count` (at most 8) of eight floats.
#[inline(always)]
fn first(count: usize) -> __m256i {
    const ONES_THEN_ZEROS: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
    debug_assert!(count <= 8);
    // SAFETY: eight elements from 8 - count on are inside the table; `run` enables the instruction set.
    unsafe { _mm256_loadu_si256(ONES_THEN_ZEROS.as_ptr().add(8 - count).cast()) }
}

/// Transposes an 8 by 8 block in three rounds of exchanges: of single floats, of pairs, and of halves of a register.
#[inline(always)]
fn eight_by_eight(r: [__m256; 8]) -> [__m256; 8] {
    // SAFETY: `run` enables the instruction set.
    unsafe {
        let mut t = r;
        for i in (0..8).step_by(2) {
            t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
            t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
        }
        // Half h of u[4 i + c] holds rows 4 i to 4 i + 3 of column 4 h + c.
        let mut u = t;
        for i in [0, 4] {
            let pairs = |a: usize, b: usize| (_mm256_castps_pd(t[i + a]), _mm256_castps_pd(t[i + b]));
            for (to, (a, b)) in [(i, pairs(0, 2)), (i + 2, pairs(1, 3))] {
                u[to] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, b));
                u[to + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, b));
            }
        }
        let mut columns = u;
        for c in 0..4 {
            columns[c] = _mm256_permute2f128_ps::<0x20>(u[c], u[4 + c]);
            columns[4 + c] = _mm256_permute2f128_ps::<0x31>(u[c], u[4 + c]);
        }
        columns
    }
}

impl Lanes for Avx2 {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: `run` enables the instruction set.
        let half = unsafe { _mm256_set1_ps(value) };
        Self(half, half)
    }

    #[inline(always)]
    fn load(from: &[f32; WIDTH]) -> Self {
        let from = from.as_ptr();
        // SAFETY: sixteen floats are readable; `run` enables the instruction set.
        unsafe { Self(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))) }
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; WIDTH]) {
        let to = to.as_mut_ptr();
        // SAFETY: sixteen floats are writable; `run` enables the instruction set.
        unsafe {
            _mm256_storeu_ps(to, self.0);
            _mm256_storeu_ps(to.add(8), self.1);
        }
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: `run` enables the instruction set.
        unsafe { Self(_mm256_sqrt_ps(self.0), _mm256_sqrt_ps(self.1)) }
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: `run` enables the instruction set.
        unsafe { Self(_mm256_fmadd_ps(a.0, b.0, self.0), _mm256_fmadd_ps(a.1, b.1, self.1)) }
    }

    #[inline(always)]
    fn halves(self) -> [Self; 2] {
        // SAFETY: `run` enables the instruction set.
        let (first, second) = unsafe {
            let upper = _mm256_castsi256_ps(_mm256_set1_epi32(-1 << 16));
            let first = |pairs| _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_castps_si256(pairs)));
            let second = |pairs| _mm256_and_ps(pairs, upper);
            ((first(self.0), first(self.1)), (second(self.0), second(self.1)))
        };
        [Self(first.0, first.1), Self(second.0, second.1)]
    }

    /// Four blocks of eight by eight.
    #[inline(always)]
    fn transposed(rows: [Self; WIDTH]) -> [Self; WIDTH] {
        let eight = |first: usize| core::array::from_fn::<Self, 8, _>(|row| rows[first + row]);
        let (top, low) = (eight(0), eight(8));
        let (top_left, low_left) = (eight_by_eight(top.map(|row| row.0)), eight_by_eight(low.map(|row| row.0)));
        let (top_right, low_right) = (eight_by_eight(top.map(|row| row.1)), eight_by_eight(low.map(|row| row.1)));
        core::array::from_fn(|column| match column {
            0..8 => Self(top_left[column], low_left[column]),
            _ => Self(top_right[column - 8], low_right[column - 8]),
        })
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        // SAFETY: the masks select `count` floats, which the caller guarantees; the others are not accessed.
        unsafe {
            Self(
                _mm256_maskload_ps(from, first(count.min(8))),
                _mm256_maskload_ps(from.wrapping_add(8), first(count.saturating_sub(8))),
            )
        }
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        // SAFETY: the masks select `count` floats, which the caller guarantees; the others are not accessed.
        unsafe {
            _mm256_maskstore_ps(to, first(count.min(8)), self.0);
            _mm256_maskstore_ps(to.wrapping_add(8), first(count.saturating_sub(8)), self.1);
        }
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

impl RegisterTile for Avx2 {
    /// A step needs the registers that hold the sums; and the divisions and square roots of three rows overlap.
    const INTERLEAVED_ROWS: usize = 3;

    /// 12 sums, 2 registers of B and a broadcast take 15 of the 16 registers; of pairs, 8 sums, 4 halves of B, 2 of A and a
    /// mask.
    #[inline(always)]
    fn multiply<W: Interleave, E: Element>(product: Product<'_, W, E>) {
        if E::PAIRS {
            multiply::<Self, W, E, 4, 1>(product);
        } else {
            multiply::<Self, W, E, 6, 1>(product);
        }
    }

    #[inline(always)]
    fn multiply_in_tiles(product: Product<'_, (), Bf16Pair>) {
        // SAFETY: `run` enables the instruction set.
        unsafe { multiply_in_tiles(product) };
    }
}
