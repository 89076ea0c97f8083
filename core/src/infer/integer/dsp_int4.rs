//! int4 kernel for processors that multiply and accumulate 64 bits in a cycle: Cortex-M4, M7, M33 and others.
//!
//! Rows k and k+6 are 24 bits apart in a [word of weights](super::layout), rows 4 and 2 in the word rotated by 16 bits, and 5
//! and 3 in that rotated by 20. One AND with a rotated operand extracts two rows, and UMLAL multiplies both and accumulates
//! them in 64 bits. A row's sum has 20 bits (15 * 255 * 256 < 2^20), so the two do not overlap.
//!
//! Eight instructions compute eight products, and two loads serve them: 1.25 instructions per multiply-add. On a Cortex-M4
//! that is 1.38 cycles, as the first load takes two and all else one (Arm DDI 0439B, section 3.3).

use core::arch::naked_asm;

use super::{Inputs, QUAD, ROWS, WIDEST};

/// Sums of eight rows of 4-bit weights; uses as many inputs as there are weights for.
#[inline]
pub(super) fn int4_rows(weights: &[u32], x: &Inputs, sums: &mut [i32; ROWS]) {
    let mut pairs = [0; 4];
    let quads = (weights.len() / QUAD).min(WIDEST / QUAD);
    // SAFETY: there are four words of weights for each quad of inputs, and no more quads than `x` holds.
    unsafe { pairs_of_rows(weights.as_ptr(), x, quads, &mut pairs) };
    let [a, b, c, d] = pairs;
    let (lower, upper) = (|pair: u64| pair as u32 & 0x00ff_ffff, |pair: u64| (pair >> 24) as u32);
    let rows = [lower(a), lower(b), upper(c), upper(d), lower(c), lower(d), upper(a), upper(b)];
    *sums = rows.map(|sum| sum as i32 - 8 * x.sum());
}

/// One input of eight rows; the mask is in lr.
macro_rules! input {
    () => {
        "
        ldr     r2, [r0], #4
        ldrh    r3, [r1], #2
        and     r12, lr, r2
        umlal   r4, r5, r12, r3
        and     r12, lr, r2, ror #4
        umlal   r6, r7, r12, r3
        and     r12, lr, r2, ror #16
        umlal   r8, r9, r12, r3
        and     r2, lr, r2, ror #20
        umlal   r10, r11, r2, r3
        "
    };
}

/// Stores the sums of rows 0, 1, 4 and 5, each with that of row 6, 7, 2 or 3 times 2^24.
///
/// # Safety
/// `weights` are readable for `4 * quads` words, and `quads` is at most 64.
#[unsafe(naked)]
unsafe extern "C" fn pairs_of_rows(weights: *const u32, x: *const Inputs, quads: usize, pairs: *mut [u64; 4]) {
    naked_asm!(
        // No register is left for a counter: the ends of the inputs and of the unrolled part are on the stack.
        "push    {{r3-r11, lr}}
         adds    r1, r1, #8
         bic     r12, r2, #3
         add     r12, r1, r12, lsl #3
         add     r2, r1, r2, lsl #3
         push    {{r2, r12}}
         movs    r4, #0
         movs    r5, #0
         movs    r6, #0
         movs    r7, #0
         mov     r8, #0
         mov     r9, #0
         mov     r10, #0
         mov     r11, #0
         mov     lr, #0x0f000000
         orr     lr, lr, #0x0f
         b       3f",
        "2:",
        ".rept 16",
        input!(),
        ".endr",
        "ldr     r12, [sp, #4]
         3:
         cmp     r1, r12
         bne     2b
         b       5f
         4:",
        ".rept 4",
        input!(),
        ".endr",
        "5:
         ldr     r12, [sp]
         cmp     r1, r12
         bne     4b
         add     sp, sp, #8
         pop     {{r3}}
         stm     r3, {{r4-r11}}
         pop     {{r4-r11, pc}}",
    )
}
