//! Peak stack usage, measured by the paint with which cortex-m-rt fills the stack before the program starts.

use core::ops::Range;
use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    // From cortex-m-rt's link.x. The stack grows down from `_stack_start` to `_stack_end`.
    static _stack_start: u32;
    static _stack_end: u32;
}

/// Peak stack usage so far in bytes, up to the deepest word that was written.
pub fn deepest() -> usize {
    deepest_above(region().start)
}

/// Like [`deepest`], of the part of the region from `floor` up, for programs that use the rest for something else.
pub fn deepest_above(floor: *const u32) -> usize {
    let Range { start, end } = region();
    let mut word = floor.max(start);
    // SAFETY: the region is RAM, aligned, and the linker put no variable in it. The reads are volatile because the
    // words below the stack pointer belong to no Rust object; the loop ends at the stack pointer.
    while word < end && unsafe { word.read_volatile() } == STACK_PAINT_VALUE {
        word = word.wrapping_add(1);
    }
    end as usize - word as usize
}

/// The stack's whole region, lowest address first: all RAM above the variables.
pub fn region() -> Range<*const u32> {
    &raw const _stack_end..&raw const _stack_start
}
