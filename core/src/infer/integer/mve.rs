//! int8 kernel for processors with vectors of integers: Cortex-M55 and M85 (MVE, Helium).
//!
//! It is the [DSP kernel](super::dsp) with eight inputs in a vector. Each half of a [word of weights](super::layout), as a
//! signed 16-bit number, is `256 B + a`, where B is the weight of one row and a that of the row before plus 128. VLD20 and
//! VLD21 separate the words of the first two rows of a group from those of the others. With the inputs in 16-bit lanes, two
//! instructions multiply and add across the same two registers:
//!
//! ```text
//! both = Σ (256 B + a) x        VMLADAVA.S16: eight 16-bit lanes
//! low  = Σ a x                  VMLADAVA.U8: sixteen 8-bit lanes, in which the inputs' upper halves, zero, mask B
//! ```
//!
//! The sums of the rows are `(both - low) / 256` and `low - 128 Σ x`, exactly, as in that kernel.
//!
//! Two groups of four rows share the inputs: thirteen instructions compute 64 products, 0.20 per multiply-add. VMLADAVA
//! takes two cycles, in which another unit loads: so loads are between them, a few instructions before their results are
//! used. The loads read aligned words, and inputs bytewise.

use core::arch::naked_asm;

use super::mve_sums::{begin, subtract_low};
use super::{Inputs, QUAD, ROWS, WIDEST};

/// Sums of eight rows of 8-bit weights; uses as many inputs as there are weights for.
#[inline]
pub(super) fn int8_rows(weights: &[u32], x: &Inputs, sums: &mut [i32; ROWS]) {
    let quads = (weights.len() / (2 * QUAD)).min(WIDEST / QUAD);
    // SAFETY: there are eight words of weights for each quad of inputs, and no more quads than `x` holds.
    unsafe { rows(weights.as_ptr(), x, quads, sums) }
}

/// Eight inputs of two groups of four rows: the inputs are in `$x`, the first group's weights in q0 and q1, the second's at
/// r3. [`mve_sums`](super::mve_sums) says where the sums are. The loads for the next inputs can be between.
macro_rules! octet {
    ($x:literal, $load:literal, $load_first:literal, $load_others:literal) => {
        concat!(
            "vld20.32        {{q2, q3}}, [r3]\n",
            "vmladava.u8     r0, q0, ",
            $x,
            "\n",
            "vld21.32        {{q2, q3}}, [r3]!\n",
            "vmladava.s16    r2, q0, ",
            $x,
            "\n",
            "vmladava.u8     r4, q1, ",
            $x,
            "\n",
            $load,
            "\n",
            "vmladava.s16    r6, q1, ",
            $x,
            "\n",
            "vmladava.u8     r8, q2, ",
            $x,
            "\n",
            $load_first,
            "\n",
            "vmladava.s16    r10, q2, ",
            $x,
            "\n",
            "vmladava.u8     r12, q3, ",
            $x,
            "\n",
            $load_others,
            "\n",
            "vmladava.s16    lr, q3, ",
            $x,
            "\n",
        )
    };
    ($x:literal) => {
        octet!($x, "", "", "")
    };
    ($x:literal, $next:literal) => {
        octet!($x, $next, "vld20.32 {{q0, q1}}, [r1]", "vld21.32 {{q0, q1}}, [r1]!")
    };
}

/// The loads before an octet whose inputs are in q4.
macro_rules! load {
    () => {
        "
        vldrb.u16       q4, [r5], #8
        vld20.32        {{q0, q1}}, [r1]
        vld21.32        {{q0, q1}}, [r1]!
        "
    };
}

/// # Safety
/// `weights` are readable for `8 * quads` words, and `quads` is at most 64.
#[unsafe(naked)]
unsafe extern "C" fn rows(weights: *const u32, x: *const Inputs, quads: usize, sums: *mut [i32; ROWS]) {
    naked_asm!(
        ".cpu cortex-m55",
        "push    {{r1, r3-r11, lr}}
         vpush   {{d8-d11}}
         add     r3, r0, r2, lsl #4",
        begin!(),
        "subs    r7, r7, #8
         blo     3f",
        "2:",
        load!(),
        octet!("q4", "vldrb.u16 q5, [r5], #8"),
        octet!("q5", "vldrb.u16 q4, [r5], #8"),
        octet!("q4", "vldrb.u16 q5, [r5], #8"),
        octet!("q5"),
        "subs    r7, r7, #8
         bhs     2b
         3:
         adds    r7, r7, #6
         bmi     5f
         4:",
        load!(),
        octet!("q4"),
        "subs    r7, r7, #2
         bpl     4b
         5:
         lsls    r7, r7, #31
         beq     6f",
        // Four inputs are left. A vector of weights has words of the first two rows, of the others, of the first, of the
        // others: the inputs are multiplied by every other word, and zero by those between.
        "ldr     r5, [r5]
         uxtb16  r9, r5
         uxtb16  r11, r5, ror #8
         pkhbt   r5, r9, r11, lsl #16
         pkhtb   r9, r11, r9, asr #16
         vmov.i32        q2, #0
         vmov.i32        q3, #0
         vmov            q2[2], q2[0], r5, r9
         vldrw.u32       q0, [r1]
         vmov            q3[3], q3[1], r5, r9
         vldrw.u32       q1, [r3]
         vmladava.u8     r0, q0, q2
         vmladava.s16    r2, q0, q2
         vmladava.u8     r4, q0, q3
         vmladava.s16    r6, q0, q3
         vmladava.u8     r8, q1, q2
         vmladava.s16    r10, q1, q2
         vmladava.u8     r12, q1, q3
         vmladava.s16    lr, q1, q3
         6:
         vpop    {{d8-d11}}
         pop     {{r1, r3}}
         ldr     r1, [r1]",
        subtract_low!(),
        "asr     r2, r2, #8
         asr     r6, r6, #8
         asr     r10, r10, #8
         asr     lr, lr, #8
         sub     r0, r0, r1, lsl #7
         sub     r4, r4, r1, lsl #7
         sub     r8, r8, r1, lsl #7
         sub     r12, r12, r1, lsl #7
         stm     r3, {{r0, r2, r4, r6, r8, r10, r12, lr}}
         pop     {{r4-r11, pc}}",
    )
}
