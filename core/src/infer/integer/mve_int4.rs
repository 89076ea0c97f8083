//! int4 kernel for processors with vectors of integers: Cortex-M55 and M85 (MVE, Helium).
//!
//! VLD40 to VLD43 separate the bytes of sixteen [words](super::layout): each of four vectors has the weights of two rows, one
//! in the lower and one in the upper half of each byte. VMLADAVA multiplies sixteen bytes by sixteen inputs and adds across:
//!
//! ```text
//! both = Σ (16 B + a) x        with the bytes
//! low  = Σ a x                 with their lower halves
//! ```
//!
//! The sums of the rows are `low - 8 Σ x` and `(both - low) / 16 - 8 Σ x`.
//!
//! Seventeen instructions compute 128 products: 0.13 per multiply-add. The loads read aligned words, and inputs bytewise.

use core::arch::naked_asm;

use super::mve_sums::{begin, subtract_low};
use super::{Inputs, QUAD, ROWS, WIDEST};

/// Sums of eight rows of 4-bit weights; uses as many inputs as there are weights for.
#[inline]
pub(super) fn int4_rows(weights: &[u32], x: &Inputs, sums: &mut [i32; ROWS]) {
    let quads = (weights.len() / QUAD).min(WIDEST / QUAD);
    // SAFETY: there are four words of weights for each quad of inputs, and no more quads than `x` holds.
    unsafe { rows(weights.as_ptr(), x, quads, sums) }
}

/// Two rows' products: a vector of weights by one of inputs. The mask is in q6.
macro_rules! two_rows {
    ($weights:literal, $x:literal, $low:literal, $both:literal) => {
        concat!(
            "vand q5, ",
            $weights,
            ", q6\n",
            "vmladava.u8 ",
            $both,
            ", ",
            $weights,
            ", ",
            $x,
            "\n",
            "vmladava.u8 ",
            $low,
            ", q5, ",
            $x,
            "\n",
        )
    };
}

/// Sixteen inputs of eight rows. [`mve_sums`](super::mve_sums) says where the sums are.
macro_rules! sixteen {
    () => {
        concat!(
            "vldrb.u8 q4, [r5], #16
             vld40.8 {{q0, q1, q2, q3}}, [r1]
             vld41.8 {{q0, q1, q2, q3}}, [r1]
             vld42.8 {{q0, q1, q2, q3}}, [r1]
             vld43.8 {{q0, q1, q2, q3}}, [r1]!\n",
            two_rows!("q0", "q4", "r0", "r2"),
            two_rows!("q1", "q4", "r4", "r6"),
            two_rows!("q2", "q4", "r8", "r10"),
            two_rows!("q3", "q4", "r12", "lr"),
        )
    };
}

/// # Safety
/// `weights` are readable for `4 * quads` words, and `quads` is at most 64.
#[unsafe(naked)]
unsafe extern "C" fn rows(weights: *const u32, x: *const Inputs, quads: usize, sums: *mut [i32; ROWS]) {
    naked_asm!(
        ".cpu cortex-m55",
        "push    {{r1, r3-r11, lr}}
         vpush   {{d8-d13}}
         vmov.i8 q6, #0x0f",
        begin!(),
        "subs    r7, r7, #8
         blo     3f",
        "2:",
        sixteen!(),
        sixteen!(),
        "subs    r7, r7, #8
         bhs     2b
         3:
         adds    r7, r7, #4
         bmi     5f",
        sixteen!(),
        "subs    r7, r7, #4
         5:
         adds    r7, r7, #4
         beq     7f",
        // Four inputs at a time: each in a lane of 32 bits, moved to the byte that has the weights of the two rows.
        "6:
         vldrb.u32 q4, [r5], #4
         vldrw.u32 q0, [r1], #16\n",
        two_rows!("q0", "q4", "r0", "r2"),
        "vshl.i32 q4, q4, #8\n",
        two_rows!("q0", "q4", "r4", "r6"),
        "vshl.i32 q4, q4, #8\n",
        two_rows!("q0", "q4", "r8", "r10"),
        "vshl.i32 q4, q4, #8\n",
        two_rows!("q0", "q4", "r12", "lr"),
        "subs    r7, r7, #1
         bne     6b
         7:
         vpop    {{d8-d13}}
         pop     {{r1, r3}}
         ldr     r1, [r1]",
        subtract_low!(),
        "lsls    r1, r1, #3
         rsb     r2, r1, r2, asr #4
         rsb     r6, r1, r6, asr #4
         rsb     r10, r1, r10, asr #4
         rsb     lr, r1, lr, asr #4
         subs    r0, r0, r1
         subs    r4, r4, r1
         sub     r8, r8, r1
         sub     r12, r12, r1
         stm     r3, {{r0, r2, r4, r6, r8, r10, r12, lr}}
         pop     {{r4-r11, pc}}",
    )
}
