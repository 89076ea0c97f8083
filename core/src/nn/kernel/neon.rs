//! Lanes of NEON: four registers of four floats.
//!
//! Every 64-bit Arm processor has it, so that nothing has to be detected or enabled.

use core::arch::aarch64::*;
use core::array::from_fn;

use super::cache_line::WIDTH;
use super::element::{Bf16Pair, Element};
use super::lanes::{Lanes, operators};
use super::multiply::multiply;
use super::prefetch;
use super::product::Product;
use super::register_tile::{Interleave, RegisterTile};
use super::tiles;

#[derive(Clone, Copy)]
pub(super) struct Neon([float32x4_t; 4]);

impl Neon {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> Self {
        Self(from_fn(|quarter| f(self.0[quarter], other.0[quarter])))
    }
}

#[inline(always)]
fn add(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    // SAFETY: NEON is always available.
    unsafe { vaddq_f32(a, b) }
}

#[inline(always)]
fn sub(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    // SAFETY: NEON is always available.
    unsafe { vsubq_f32(a, b) }
}

#[inline(always)]
fn mul(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    // SAFETY: NEON is always available.
    unsafe { vmulq_f32(a, b) }
}

#[inline(always)]
fn div(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    // SAFETY: NEON is always available.
    unsafe { vdivq_f32(a, b) }
}

operators!([] Neon, Add add add, Sub sub sub, Mul mul mul, Div div div);

/// How many of the first `count` of sixteen floats are in `quarter`.
#[inline(always)]
fn within(quarter: usize, count: usize) -> usize {
    debug_assert!(count <= WIDTH);
    count.saturating_sub(4 * quarter).min(4)
}

/// Reads the first `count` (at most 4) floats at `from`; the others are 0. NEON has no masks, so each count is a case.
///
/// # Safety
/// `count` floats at `from` are readable.
#[inline(always)]
unsafe fn load_quarter(from: *const f32, count: usize) -> float32x4_t {
    // SAFETY: no case reads more than its count of floats, which the caller guarantees; NEON is always available.
    unsafe {
        let zeros = vdupq_n_f32(0.0);
        let two = || vcombine_f32(vld1_f32(from), vget_low_f32(zeros));
        match count {
            0 => zeros,
            1 => vld1q_lane_f32::<0>(from, zeros),
            2 => two(),
            3 => vld1q_lane_f32::<2>(from.add(2), two()),
            _ => vld1q_f32(from),
        }
    }
}

/// Writes the first `count` (at most 4) floats of `quarter` to `to`.
///
/// # Safety
/// `count` floats at `to` are writable.
#[inline(always)]
unsafe fn store_quarter(quarter: float32x4_t, to: *mut f32, count: usize) {
    // SAFETY: no case writes more than its count of floats, which the caller guarantees; NEON is always available.
    unsafe {
        match count {
            0 => {}
            1 => vst1q_lane_f32::<0>(to, quarter),
            2 => vst1_f32(to, vget_low_f32(quarter)),
            3 => {
                vst1_f32(to, vget_low_f32(quarter));
                vst1q_lane_f32::<2>(to.add(2), quarter);
            }
            _ => vst1q_f32(to, quarter),
        }
    }
}

impl Lanes for Neon {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: NEON is always available.
        Self([unsafe { vdupq_n_f32(value) }; 4])
    }

    #[inline(always)]
    fn load(from: &[f32; WIDTH]) -> Self {
        // SAFETY: sixteen floats are readable; NEON is always available.
        Self(from_fn(|quarter| unsafe { vld1q_f32(from.as_ptr().add(4 * quarter)) }))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; WIDTH]) {
        for (quarter, to) in self.0.into_iter().zip(to.as_chunks_mut::<4>().0) {
            // SAFETY: four floats are writable; NEON is always available.
            unsafe { vst1q_f32(to.as_mut_ptr(), quarter) };
        }
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: NEON is always available.
        Self(self.0.map(|quarter| unsafe { vsqrtq_f32(quarter) }))
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: NEON is always available.
        Self(from_fn(|quarter| unsafe { vfmaq_f32(self.0[quarter], a.0[quarter], b.0[quarter]) }))
    }

    #[inline(always)]
    fn halves(self) -> [Self; 2] {
        // SAFETY: NEON is always available.
        let first = |pairs| unsafe { vreinterpretq_f32_u32(vshlq_n_u32::<16>(vreinterpretq_u32_f32(pairs))) };
        // SAFETY: NEON is always available.
        let second =
            |pairs| unsafe { vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(pairs), vdupq_n_u32(0xffff_0000))) };
        [Self(self.0.map(first)), Self(self.0.map(second))]
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        // SAFETY: the quarters' counts add up to `count` floats, which the caller guarantees.
        Self(from_fn(|quarter| unsafe { load_quarter(from.wrapping_add(4 * quarter), within(quarter, count)) }))
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        for (index, quarter) in self.0.into_iter().enumerate() {
            // SAFETY: the quarters' counts add up to `count` floats, which the caller guarantees.
            unsafe { store_quarter(quarter, to.wrapping_add(4 * index), within(index, count)) };
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

impl RegisterTile for Neon {
    /// 24 sums, 4 registers of B and a broadcast take 29 of the 32 registers. 24 chains hide the latency of a
    /// multiply-add (4 cycles in each of 4 units on the fastest cores), for which 16 would be just enough. Of pairs, 16 sums,
    /// 8 halves of B, 2 of A and a mask take 27.
    #[inline(always)]
    fn multiply<W: Interleave, E: Element>(product: Product<'_, W, E>) {
        if E::PAIRS {
            multiply::<Self, W, E, 4, 1>(product);
        } else {
            multiply::<Self, W, E, 6, 1>(product);
        }
    }

    /// Two rows have 16 registers of sums; halves of pairs take 12.
    #[inline(never)]
    fn multiply_in_tiles(product: Product<'_, (), Bf16Pair>) {
        tiles::multiply::<Self, 2, 1>(product);
    }
}
