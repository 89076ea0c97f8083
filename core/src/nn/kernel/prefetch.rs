//! Requests for cache lines that will be needed soon.

#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
use core::arch::asm;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

/// Requests `bytes`, which will be read soon, from memory. Does nothing where the processor has no such instruction.
#[inline(always)]
pub fn prefetch(bytes: &[u8]) {
    #[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
    for line in bytes.chunks(64) {
        to_read(line.as_ptr().cast());
    }
    #[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))))]
    let _ = bytes;
}

/// Requests the cache line at `at`, which need not be readable.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn to_read(at: *const f32) {
    // SAFETY: a prefetch does not fault, whatever the address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) };
}

/// [`to_read`] for a line that will be written.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn to_write(at: *const f32) {
    // The intrinsic needs a feature that is not stable, and is another prefetch without it.
    // SAFETY: a prefetch does not fault, whatever the address; processors without this one execute it as a NOP.
    unsafe { asm!("prefetchw [{at}]", at = in(reg) at, options(readonly, nostack, preserves_flags)) };
}

/// Requests the cache line at `at`, which need not be readable.
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
#[inline(always)]
pub(super) fn to_read(at: *const f32) {
    // The intrinsic is not stable.
    // SAFETY: a prefetch does not fault, whatever the address.
    unsafe { asm!("prfm pldl1keep, [{at}]", at = in(reg) at, options(readonly, nostack, preserves_flags)) };
}

/// [`to_read`] for a line that will be written.
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
#[inline(always)]
pub(super) fn to_write(at: *const f32) {
    // SAFETY: a prefetch does not fault, whatever the address.
    unsafe { asm!("prfm pstl1keep, [{at}]", at = in(reg) at, options(readonly, nostack, preserves_flags)) };
}
