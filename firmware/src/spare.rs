//! RAM that neither variables nor the stack need: room for a model.

use crate::stack;
use core::ops::Range;
use core::slice;
use core::sync::atomic::{AtomicBool, Ordering};

/// Bytes left to the stack.
pub const STACK: usize = 8 * 1024;

/// The alignment of a model's sections.
const ALIGN: usize = pocketgan_core::infer::model::format::ALIGN;

/// Whether the memory is in use.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The lowest address left to the stack.
pub fn stack_floor() -> *const u32 {
    let Range { start, end } = stack::region();
    end.wrapping_byte_sub(STACK).max(start)
}

/// All spare RAM, aligned to [`ALIGN`]. Empty on a board that has none, and in every call but the first.
pub fn take() -> &'static mut [u8] {
    // Load and store, as a Cortex-M0 has no swap; no interrupt handler calls this.
    if TAKEN.load(Ordering::Relaxed) {
        return &mut [];
    }
    TAKEN.store(true, Ordering::Relaxed);
    let start = (stack::region().start as usize).next_multiple_of(ALIGN);
    let len = (stack_floor() as usize).saturating_sub(start);
    // SAFETY: the linker puts no variable between these addresses, cortex-m-rt has initialised them (its paint), the stack
    // stays above, and the flag makes this the only reference.
    unsafe { slice::from_raw_parts_mut(start as *mut u8, len) }
}
