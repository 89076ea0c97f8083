//! int8 kernel for processors with the DSP extension: Cortex-M4, M7, M33 and others.
//!
//! Each half of a [word of weights](super::layout), as a signed 16-bit number, is `256 B + a`, where B is the weight of one
//! row and a that of the row before plus 128. SMLAD multiplies both halves by their inputs and accumulates both products:
//!
//! ```text
//! both = Σ (256 B + a) x        SMLAD of the word
//! low  = Σ a x                  SMLAD of the word without B (UXTB16)
//! ```
//!
//! The sums of the rows are `(both - low) / 256` and `low - 128 Σ x`. This is exact: `both - low` is 256 Σ B x, whose
//! magnitude is at most 256 * 128 * 255 * 256 < 2^31, so `both` itself may wrap.
//!
//! Three instructions compute four products, and two loads serve sixteen: 0.88 instructions per multiply-add. On a Cortex-M4
//! that is 1.25 cycles, as a load of n words takes n + 1 of them and all others one (Arm DDI 0439B, section 3.3). On a
//! Cortex-M33 it is 1.13: nothing is read by the instruction after the one that computes it, for which it would wait.

use core::arch::naked_asm;

use super::{Inputs, QUAD, ROWS, WIDEST};

/// Sums of eight rows of 8-bit weights; uses as many inputs as there are weights for.
#[inline]
pub(super) fn int8_rows(weights: &[u32], x: &Inputs, sums: &mut [i32; ROWS]) {
    let quads = (weights.len() / (2 * QUAD)).min(WIDEST / QUAD);
    // SAFETY: there are eight words of weights for each quad of inputs, and no more quads than `x` holds.
    unsafe { rows(weights.as_ptr(), x, quads, sums) }
}

/// Four inputs of four rows: `low` and `both` of the first two rows in r10 and r11, of the others in r12 and lr.
macro_rules! quad {
    () => {
        "
        ldm     r0!, {{r4-r7}}
        ldm     r1!, {{r8, r9}}
        uxtb16  r3, r4
        smlad   r11, r4, r8, r11
        uxtb16  r4, r5
        smlad   lr, r5, r8, lr
        uxtb16  r5, r6
        smlad   r10, r3, r8, r10
        uxtb16  r3, r7
        smlad   r12, r4, r8, r12
        smlad   r11, r6, r9, r11
        smlad   lr, r7, r9, lr
        smlad   r10, r5, r9, r10
        smlad   r12, r3, r9, r12
        "
    };
}

/// # Safety
/// `weights` are readable for `8 * quads` words, and `quads` is at most 64.
#[unsafe(naked)]
unsafe extern "C" fn rows(weights: *const u32, x: *const Inputs, quads: usize, sums: *mut [i32; ROWS]) {
    naked_asm!(
        // The assembler rejects these instructions for thumbv8m.main targets, so it is given a processor that has them.
        ".cpu cortex-m4",
        // On the stack, from its top: the inputs, the number of quads, the next sums, the inputs' sum times 128, the sums'
        // end.
        "push    {{r4-r11, lr}}
         ldr     r4, [r1], #8
         add     r5, r3, #32
         lsls    r4, r4, #7
         push    {{r1-r5}}",
        // Each of two groups of four rows.
        "1:
         ldrd    r1, r2, [sp]
         mov     r10, #0
         mov     r11, #0
         mov     r12, #0
         mov     lr, #0
         subs    r2, r2, #8
         blo     3f
         2:",
        ".rept 8",
        quad!(),
        ".endr",
        "subs    r2, r2, #8
         bhs     2b
         3:
         adds    r2, r2, #8
         beq     5f
         4:",
        quad!(),
        "subs    r2, r2, #1
         bne     4b
         5:
         add     r1, sp, #8
         ldm     r1, {{r3-r5}}
         sub     r11, r11, r10
         sub     lr, lr, r12
         asr     r11, r11, #8
         asr     lr, lr, #8
         sub     r10, r10, r4
         sub     r12, r12, r4
         stm     r3!, {{r10, r11, r12, lr}}
         str     r3, [sp, #8]
         cmp     r3, r5
         bne     1b
         add     sp, sp, #20
         pop     {{r4-r11, pc}}",
    )
}
