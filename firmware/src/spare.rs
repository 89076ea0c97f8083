//! RAM that neither a variable nor the stack needs: room for a model.

use crate::stack;
use core::ops::Range;
use core::slice;
use core::sync::atomic::{AtomicBool, Ordering};

/// Bytes left to the stack.
pub const STACK: usize = 8 * 1024;

/// What a model's parts are aligned to.
const ALIGN: usize = pocketgan_core::infer::model::format::ALIGN;

/// Whether the memory has its one user.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The lowest address left to the stack.
pub fn stack_floor() -> *const u32 {
    let Range { start, end } = stack::region();
    end.wrapping_byte_sub(STACK).max(start)
}

/// All spare RAM, beginning on a multiple of [`ALIGN`]; nothing on a board that has none, and whenever it is asked for again.
pub fn take() -> &'static mut [u8] {
    // Plain load and store, as a Cortex-M0 has no swap; no interrupt asks for it.
    if TAKEN.load(Ordering::Relaxed) {
        return &mut [];
    }
    TAKEN.store(true, Ordering::Relaxed);
    let start = (stack::region().start as usize).next_multiple_of(ALIGN);
    let len = (stack_floor() as usize).saturating_sub(start);
    // SAFETY: the linker put no variable between these addresses, cortex-m-rt has written to all of it before the program
    // starts (its paint), the stack stays above, and the flag lets nobody else have it.
    unsafe { slice::from_raw_parts_mut(start as *mut u8, len) }
}
