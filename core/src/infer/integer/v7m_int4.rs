//! int4 kernel for the Cortex-M3.
//!
//! Rows k and k+4 are 16 bits apart in a [word of weights](super::layout): one mask extracts both, and one MLA multiplies
//! both. Rows 0 and 4 need no mask, as they remain when the others are subtracted from the sum of whole words.
//! [`packed`](super::packed) defines the five sums and derives the eight rows from them.
//!
//! Nine instructions compute eight products, and four loads serve sixteen: 1.38 instructions per multiply-add. In cycles, of
//! which MLA takes two and the loads five, that is 2.06.

use core::arch::naked_asm;

use super::v7m_pairs::{eight_pairs, load_pair, two_pairs};
use super::{Inputs, QUAD, ROWS, WIDEST, packed};

/// Sums of eight rows of 4-bit weights; uses as many inputs as there are weights for.
#[inline]
pub(super) fn int4_rows(weights: &[u32], x: &Inputs, sums: &mut [i32; ROWS]) {
    let mut packed = [0; 5];
    let quads = (weights.len() / QUAD).min(WIDEST / QUAD);
    // SAFETY: there are four words of weights for each quad of inputs, and no more quads than `x` holds.
    unsafe { packed_sums(weights.as_ptr(), x, quads, &mut packed) };
    let [whole, one, two, three, upper] = packed;
    *sums = packed::rows(whole, [one, two, three], upper).map(|sum| sum - 8 * x.sum());
}

/// One input of eight rows; the mask is in r3.
macro_rules! input {
    ($word:literal, $x:literal) => {
        concat!(
            "mla     r8, ",
            $word,
            ", ",
            $x,
            ", r8\n",
            "lsr     r14, ",
            $word,
            ", #16\n",
            "mla     r12, r14, ",
            $x,
            ", r12\n",
            "and     r14, r3, ",
            $word,
            ", lsr #4\n",
            "mla     r9, r14, ",
            $x,
            ", r9\n",
            "and     r14, r3, ",
            $word,
            ", lsr #8\n",
            "mla     r10, r14, ",
            $x,
            ", r10\n",
            "and     ",
            $word,
            ", r3, ",
            $word,
            ", lsr #12\n",
            "mla     r11, ",
            $word,
            ", ",
            $x,
            ", r11\n",
        )
    };
}

/// Two inputs of eight rows, at these offsets.
macro_rules! pair {
    ($first:literal, $second:literal) => {
        concat!(
            load_pair!($first, $second => "r4", "r5", "r6", "r7"),
            input!("r4", "r6"),
            input!("r5", "r7"),
        )
    };
}

/// Stores the sum of whole words, the sums of pairs 1 to 3, and the sum of the upper halves.
///
/// # Safety
/// `weights` are readable for `4 * quads` words, and `quads` is at most 64.
#[unsafe(naked)]
unsafe extern "C" fn packed_sums(weights: *const u32, x: *const Inputs, quads: usize, sums: *mut [u32; 5]) {
    naked_asm!(
        "push    {{r3-r11, lr}}
         adds    r1, r1, #8
         mov     r3, #0x000f000f
         mov     r8, #0
         mov     r9, #0
         mov     r10, #0
         mov     r11, #0
         mov     r12, #0
         subs    r2, r2, #4
         blo     3f",
        "2:",
        eight_pairs!(pair),
        "subs    r2, r2, #4
         bhs     2b
         3:
         adds    r2, r2, #4
         beq     5f
         4:",
        two_pairs!(pair),
        "subs    r2, r2, #1
         bne     4b
         5:
         pop     {{r3}}
         stm     r3, {{r8-r12}}
         pop     {{r4-r11, pc}}",
    )
}
