//! int8 kernel for the Cortex-M3, which has no DSP extension but a multiplication with a 64-bit result.
//!
//! Flipping the most significant bit of each half of a [word of weights](super::layout) makes all four weights unsigned,
//! 0..=255. One AND with a rotated operand then moves the two weights of an input 24 bits apart, and UMLAL multiplies both
//! at once and accumulates them in 64 bits. A row's sum is below 2^24 (255 * 255 * 256), so the two do not overlap.
//!
//! Five instructions compute four products, and three loads serve sixteen: 1.44 instructions per multiply-add. In cycles
//! this is about as fast as separate multiplications (UXTB or SXTH and MLA, 2.2 instructions per multiply-add): 3.4 to 4.9
//! cycles per multiply-add against 3.7, as UMLAL takes 4 to 7 cycles on this processor and MLA 2 (Arm DDI 0337, instruction
//! timing). These are estimates by hand, not measurements.

use core::arch::naked_asm;

use super::Inputs;

/// Multiplies two inputs (r11, lr) by the weights of two rows from one word, and accumulates in 64 bits.
macro_rules! pair {
    ($word:literal, $low:literal, $high:literal) => {
        concat!(
            "eor     ",
            $word,
            ", ",
            $word,
            ", #0x80008000\n",
            "and     r12, r8, ",
            $word,
            ", ror #8\n",
            "umlal   ",
            $low,
            ", ",
            $high,
            ", r12, r11\n",
            "and     ",
            $word,
            ", r8, ",
            $word,
            ", ror #24\n",
            "umlal   ",
            $low,
            ", ",
            $high,
            ", ",
            $word,
            ", lr\n",
        )
    };
}

/// Four inputs of four rows: the sums of the first two rows in r4 and r5, of the others in r6 and r7.
macro_rules! quad {
    () => {
        concat!(
            "ldm     r0!, {{r2, r3, r9, r10}}\n",
            "ldm     r1!, {{r11, lr}}\n",
            pair!("r2", "r4", "r5"),
            pair!("r3", "r6", "r7"),
            "ldm     r1!, {{r11, lr}}\n",
            pair!("r9", "r4", "r5"),
            pair!("r10", "r6", "r7"),
        )
    };
}

/// # Safety
/// `weights` are readable for `4 * quads` words, and `quads` is at most 64.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn rows(weights: *const u32, x: *const Inputs, quads: usize, sums: *mut [i32; 4]) {
    naked_asm!(
        // No register is left for a counter: the ends of the inputs and of the unrolled part are on the stack.
        "push    {{r1, r3-r11, lr}}
         adds    r1, r1, #8
         bic     r12, r2, #7
         add     r12, r1, r12, lsl #4
         add     r2, r1, r2, lsl #4
         push    {{r2, r12}}
         movs    r4, #0
         movs    r5, #0
         movs    r6, #0
         movs    r7, #0
         mov     r8, #0xff
         orr     r8, r8, #0xff000000
         b       3f",
        "2:",
        ".rept 8",
        quad!(),
        ".endr",
        "ldr     r12, [sp, #4]
         3:
         cmp     r1, r12
         bne     2b
         b       5f
         4:",
        quad!(),
        "5:
         ldr     r12, [sp]
         cmp     r1, r12
         bne     4b
         add     sp, sp, #8
         pop     {{r1, r3}}
         ldr     r1, [r1]
         lsrs    r2, r4, #24
         orr     r8, r2, r5, lsl #8
         bic     r9, r4, #0xff000000
         lsrs    r2, r6, #24
         orr     r10, r2, r7, lsl #8
         bic     r11, r6, #0xff000000
         sub     r8, r8, r1, lsl #7
         sub     r9, r9, r1, lsl #7
         sub     r10, r10, r1, lsl #7
         sub     r11, r11, r1, lsl #7
         stm     r3, {{r8-r11}}
         pop     {{r4-r11, pc}}",
    )
}
