//! What AVX2 and AVX-512 share: what is asked of the caches.

use core::arch::asm;
use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

/// Asks for the cache line at `at`, which need not be readable.
#[inline(always)]
pub(super) fn prefetch(at: *const f32) {
    // SAFETY: a prefetch does not fault, whatever the address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) };
}

/// The same for a line that will be written.
#[inline(always)]
pub(super) fn prefetch_to_write(at: *const f32) {
    // SAFETY: a prefetch does not fault, whatever the address; processors without this one take it for a NOP. (Its
    // intrinsic asks for a feature that is not stable, and is another prefetch without it.)
    unsafe { asm!("prefetchw [{at}]", at = in(reg) at, options(readonly, nostack, preserves_flags)) };
}
