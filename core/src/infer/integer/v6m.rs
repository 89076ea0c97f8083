//! int8 kernel for the Cortex-M0, M0+ and M23: 16-bit instructions, 32-bit products, eight general registers.
//!
//! As on [processors with DSP](super), each half of a [word of weights](super::layout) is a signed `256 B + a`, and two sums,
//! of this and of `a` alone, give both rows: `both - low` is 256 Σ B x, exact modulo 2^32. Twelve instructions compute four
//! products, and two loads serve eight: 3.25 instructions per multiply-add.
//!
//! The sums are kept in the high registers, whose only arithmetic is the addition of a low register.

use core::arch::naked_asm;

use super::Inputs;

/// Two inputs (r2, r3) of four rows: `both` and `low` of the first two rows in r8 and r9, of the others in r10 and r11.
macro_rules! pair {
    () => {
        "
        ldrb    r6, [r0, #2]
        muls    r6, r3, r6
        add     r9, r6
        ldrb    r6, [r0, #6]
        muls    r6, r3, r6
        add     r11, r6
        ldm     r0!, {{r4, r5}}
        sxth    r6, r4
        muls    r6, r2, r6
        add     r8, r6
        uxtb    r6, r4
        muls    r6, r2, r6
        add     r9, r6
        asrs    r4, r4, #16
        muls    r4, r3, r4
        add     r8, r4
        sxth    r6, r5
        muls    r6, r2, r6
        add     r10, r6
        uxtb    r6, r5
        muls    r6, r2, r6
        add     r11, r6
        asrs    r5, r5, #16
        muls    r5, r3, r5
        add     r10, r5
        "
    };
}

/// Four inputs of four rows.
macro_rules! quad {
    () => {
        concat!("ldm r1!, {{r2, r3}}", pair!(), "ldm r1!, {{r2, r3}}", pair!())
    };
}

/// # Safety
/// `weights` are readable for `4 * quads` words, and `quads` is at most 64.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn rows(weights: *const u32, x: *const Inputs, quads: usize, sums: *mut [i32; 4]) {
    naked_asm!(
        "push    {{r1, r3-r7, lr}}
         mov     r4, r8
         mov     r5, r9
         mov     r6, r10
         mov     r7, r11
         push    {{r4-r7}}
         adds    r1, r1, #8
         movs    r4, #0
         mov     r8, r4
         mov     r9, r4
         mov     r10, r4
         mov     r11, r4
         lsls    r2, r2, #4
         adds    r7, r1, r2
         lsrs    r2, r2, #6
         lsls    r2, r2, #6
         adds    r2, r1, r2
         mov     r12, r2
         b       7f",
        // Four quads; r12 holds the end of the unrolled part, r7 the end of the inputs.
        "2:",
        ".rept 4",
        quad!(),
        ".endr",
        "7:
         cmp     r1, r12
         beq     3f
         b       2b
         4:",
        quad!(),
        "3:
         cmp     r1, r7
         bne     4b
         add     r0, sp, #16
         ldm     r0!, {{r2, r3}}
         ldr     r2, [r2]
         lsls    r2, r2, #7
         mov     r5, r8
         mov     r4, r9
         subs    r5, r5, r4
         asrs    r5, r5, #8
         subs    r4, r4, r2
         mov     r7, r10
         mov     r6, r11
         subs    r7, r7, r6
         asrs    r7, r7, #8
         subs    r6, r6, r2
         stm     r3!, {{r4-r7}}
         pop     {{r4-r7}}
         mov     r8, r4
         mov     r9, r5
         mov     r10, r6
         mov     r11, r7
         pop     {{r1, r3-r7, pc}}",
    )
}
