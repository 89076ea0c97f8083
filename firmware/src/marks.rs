//! Marks in the flow of a program, for the estimate of cycles (tests/cycles): what QEMU executes between the two functions
//! is counted. They do nothing.

use core::arch::naked_asm;

/// Here a count begins.
// SAFETY: the symbol's only definition; the estimate finds it by this name.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub extern "C" fn pocketgan_count_begin() {
    naked_asm!("bx lr")
}

/// Here it ends.
// SAFETY: as above.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub extern "C" fn pocketgan_count_end() {
    naked_asm!("bx lr")
}

/// Runs `work` between the marks.
#[inline]
pub fn counted<T>(work: impl FnOnce() -> T) -> T {
    pocketgan_count_begin();
    let result = work();
    pocketgan_count_end();
    result
}
