//! int4 kernel for the Cortex-M0, M0+ and M23.
//!
//! A mask costs a shift and an AND here. So one mask extracts the four odd rows of a [word](super::layout), eight bits apart,
//! and a second sum with the bytes of each half word swapped (REV16) separates them:
//!
//! ```text
//! odd          = word >> 4 & 0x0f0f0f0f
//! Σ odd        * x = pairs[1] + 2^8 pairs[3]
//! Σ rev16(odd) * x = pairs[3] + 2^8 pairs[1]
//! ```
//!
//! modulo 2^32. The first minus 2^8 times the second is (1 - 2^16) pairs[1], and (1 - 2^16) (1 + 2^16) = 1 modulo 2^32. The
//! even rows follow in the same way from the sums of `word` and `rev16(word)` minus the odd rows. [`packed`](super::packed)
//! defines the pairs and derives the eight rows from them.
//!
//! Fifteen instructions compute eight products, and two loads serve sixteen: 2 instructions per multiply-add.

use core::arch::naked_asm;

use super::{Inputs, QUAD, ROWS, WIDEST, packed};

/// Sums of eight rows of 4-bit weights; uses as many inputs as there are weights for.
#[inline]
pub(super) fn int4_rows(weights: &[u32], x: &Inputs, sums: &mut [i32; ROWS]) {
    let mut packed = [0; 5];
    let quads = (weights.len() / QUAD).min(WIDEST / QUAD);
    // SAFETY: there are four words of weights for each quad of inputs, and no more quads than `x` holds.
    unsafe { swapped_sums(weights.as_ptr(), x, quads, &mut packed) };
    let [whole, swapped, odd, odd_swapped, upper] = packed;
    let [one, three] = packed::unswap(odd, odd_swapped);
    let [_, two] = packed::unswap(whole.wrapping_sub(odd << 4), swapped.wrapping_sub(odd_swapped << 4));
    *sums = packed::rows(whole, [one, two, three], upper).map(|sum| sum - 8 * x.sum());
}

/// One input of eight rows; the mask is in r7.
macro_rules! input {
    ($word:literal, $x:literal) => {
        concat!(
            "rev16   r6, ",
            $word,
            "\n",
            "muls    r6, ",
            $x,
            ", r6\n",
            "add     r9, r6\n",
            "lsrs    r6, ",
            $word,
            ", #16\n",
            "muls    r6, ",
            $x,
            ", r6\n",
            "add     r12, r6\n",
            "lsrs    r6, ",
            $word,
            ", #4\n",
            "ands    r6, r6, r7\n",
            "muls    ",
            $word,
            ", ",
            $x,
            ", ",
            $word,
            "\n",
            "add     r8, ",
            $word,
            "\n",
            "rev16   ",
            $word,
            ", r6\n",
            "muls    ",
            $word,
            ", ",
            $x,
            ", ",
            $word,
            "\n",
            "add     r11, ",
            $word,
            "\n",
            "muls    r6, ",
            $x,
            ", r6\n",
            "add     r10, r6\n",
        )
    };
}

/// Four inputs of eight rows.
macro_rules! quad {
    () => {
        concat!(
            "ldm     r0!, {{r4, r5}}\n",
            "ldm     r1!, {{r2, r3}}\n",
            input!("r4", "r2"),
            input!("r5", "r3"),
            "ldm     r0!, {{r4, r5}}\n",
            "ldm     r1!, {{r2, r3}}\n",
            input!("r4", "r2"),
            input!("r5", "r3"),
        )
    };
}

/// Stores the sums of words, of swapped words, of odd rows, of swapped odd rows, and of the upper halves.
///
/// # Safety
/// `weights` are readable for `4 * quads` words, and `quads` is at most 64.
#[unsafe(naked)]
unsafe extern "C" fn swapped_sums(weights: *const u32, x: *const Inputs, quads: usize, sums: *mut [u32; 5]) {
    naked_asm!(
        "push    {{r4-r7, lr}}
         mov     r4, r8
         mov     r5, r9
         mov     r6, r10
         mov     r7, r11
         push    {{r3-r7}}
         adds    r1, r1, #8
         movs    r4, #0
         mov     r8, r4
         mov     r9, r4
         mov     r10, r4
         mov     r11, r4
         mov     r12, r4
         ldr     r7, 6f
         lsls    r2, r2, #4
         adds    r4, r1, r2
         push    {{r4}}
         lsrs    r2, r2, #6
         lsls    r2, r2, #6
         adds    r2, r1, r2
         mov     lr, r2
         b       7f",
        // Four quads; lr holds the end of the unrolled part, the stack the end of the inputs.
        "2:",
        ".rept 4",
        quad!(),
        ".endr",
        "7:
         cmp     r1, lr
         beq     3f
         b       2b
         4:",
        quad!(),
        "3:
         ldr     r4, [sp]
         cmp     r1, r4
         bne     4b
         pop     {{r2, r3}}
         mov     r4, r8
         mov     r5, r9
         mov     r6, r10
         mov     r7, r11
         stm     r3!, {{r4-r7}}
         mov     r4, r12
         str     r4, [r3]
         pop     {{r4-r7}}
         mov     r8, r4
         mov     r9, r5
         mov     r10, r6
         mov     r11, r7
         pop     {{r4-r7, pc}}
         .p2align 2
         6:
         .4byte  0x0f0f0f0f",
    )
}
