//! int8 kernel for the Cortex-M3, which has no DSP extension.
//!
//! Its multiplications with a sum take two cycles, those with a 64-bit sum four to seven (Arm DDI 0337H, section 3.3), but
//! MUL and an addition with a shifted operand take one each. So one MUL serves two rows, and two additions keep their sums
//! apart:
//!
//! ```text
//! product = (a + 2^16 c) x          a, c and x are 0..=255, so neither half overflows
//! Σ (product >> 16)                 = Σ c x
//! Σ product mod 2^32                = Σ a x + 2^16 Σ c x
//! ```
//!
//! The halves of two [words of weights](super::layout), which have two inputs of two rows each, are exchanged first: then a
//! word has one input of four rows, and a mask extracts rows a and c, or b and d. Flipping the most significant bit of b and d
//! makes these unsigned, too.
//!
//! 25 instructions and cycles, and one of waiting for the first load, compute eight products: 3.25 cycles per multiply-add.
//! Plain UXTB and MLA take 3.63, and UMLAL, which serves two rows in fewer instructions, 3.94 if it takes five cycles.

use core::arch::naked_asm;

use super::Inputs;
use super::v7m_pairs::{eight_pairs, load_pair, two_pairs};

/// One input of four rows: the sums of products of a and c in r6, of c alone in r7, of b and d in r9, of d alone in r10. The
/// mask is in r8.
macro_rules! input {
    ($word:literal, $x:literal) => {
        concat!(
            "eor     ",
            $word,
            ", ",
            $word,
            ", #0x80008000\n",
            "and     r12, r8, ",
            $word,
            "\n",
            "mul     r12, r12, ",
            $x,
            "\n",
            "add     r6, r6, r12\n",
            "add     r7, r7, r12, lsr #16\n",
            "and     r12, r8, ",
            $word,
            ", lsr #8\n",
            "mul     r12, r12, ",
            $x,
            "\n",
            "add     r9, r9, r12\n",
            "add     r10, r10, r12, lsr #16\n",
        )
    };
}

/// Two inputs of four rows, at these offsets.
macro_rules! pair {
    ($first:literal, $second:literal) => {
        concat!(
            load_pair!($first, $second => "r2", "r3", "r4", "r5"),
            "lsr     r11, r2, #16\n",
            "bfi     r2, r3, #16, #16\n",
            "bfi     r3, r11, #0, #16\n",
            input!("r2", "r4"),
            input!("r3", "r5"),
        )
    };
}

/// # Safety
/// `weights` are readable for `4 * quads` words, and `quads` is at most 64.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn rows(weights: *const u32, x: *const Inputs, quads: usize, sums: *mut [i32; 4]) {
    naked_asm!(
        // The ends of the inputs and of the unrolled part are in lr and on the stack.
        "push    {{r1, r3-r11, lr}}
         adds    r1, r1, #8
         bic     r12, r2, #3
         add     lr, r1, r12, lsl #4
         add     r2, r1, r2, lsl #4
         push    {{r2}}
         movs    r6, #0
         movs    r7, #0
         mov     r9, #0
         mov     r10, #0
         mov     r8, #0x00ff00ff
         b       3f",
        "2:",
        eight_pairs!(pair),
        "3:
         cmp     r1, lr
         bne     2b
         ldr     lr, [sp]
         b       5f
         4:",
        two_pairs!(pair),
        "5:
         cmp     r1, lr
         bne     4b
         pop     {{r0-r2}}
         ldr     r1, [r1]
         lsls    r1, r1, #7
         sub     r3, r6, r7, lsl #16
         sub     r4, r9, r10, lsl #16
         subs    r3, r3, r1
         subs    r4, r4, r1
         subs    r5, r7, r1
         sub     r6, r10, r1
         stm     r2!, {{r3-r6}}
         pop     {{r4-r11, pc}}",
    )
}
