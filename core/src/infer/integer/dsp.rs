//! int8 kernel for processors with the DSP extension: Cortex-M4, M7, M33, M55 and others.
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
//! Three instructions compute four products, and two loads serve sixteen: 0.88 instructions per multiply-add.

use core::arch::naked_asm;

use super::Inputs;

/// Four inputs of four rows: `low` and `both` of the first two rows in r10 and r11, of the others in r12 and lr.
macro_rules! quad {
    () => {
        "
        ldm     r0!, {{r4-r7}}
        ldm     r1!, {{r8, r9}}
        smlad   r11, r4, r8, r11
        uxtb16  r4, r4
        smlad   lr, r5, r8, lr
        uxtb16  r5, r5
        smlad   r10, r4, r8, r10
        smlad   r12, r5, r8, r12
        smlad   r11, r6, r9, r11
        uxtb16  r6, r6
        smlad   lr, r7, r9, lr
        uxtb16  r7, r7
        smlad   r10, r6, r9, r10
        smlad   r12, r7, r9, r12
        "
    };
}

/// # Safety
/// `weights` are readable for `4 * quads` words, and `quads` is at most 64.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn rows(weights: *const u32, x: *const Inputs, quads: usize, sums: *mut [i32; 4]) {
    naked_asm!(
        // The assembler rejects these instructions for thumbv8m.main targets, so it is given a processor that has them.
        ".cpu cortex-m4",
        "push    {{r1, r4-r11, lr}}
         adds    r1, r1, #8
         mov     r10, #0
         mov     r11, #0
         mov     r12, #0
         mov     lr, #0
         subs    r2, r2, #8
         blo     3f",
        "2:",
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
         pop     {{r1}}
         ldr     r1, [r1]
         sub     r11, r11, r10
         sub     lr, lr, r12
         asr     r11, r11, #8
         asr     lr, lr, #8
         sub     r10, r10, r1, lsl #7
         sub     r12, r12, r1, lsl #7
         stm     r3, {{r10, r11, r12, lr}}
         pop     {{r4-r11, pc}}",
    )
}
