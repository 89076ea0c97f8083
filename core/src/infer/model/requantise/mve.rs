//! Requantisation of eight rows at once with the vectors of integers of a Cortex-M55 or M85 (MVE, Helium).
//!
//! Two vectors have the even and the odd rows in lanes of 32 bits. Narrowing instructions, which saturate, write one vector
//! to the lower and the other to the upper halves of a third one's lanes, where the rows are in order in 16 bits.

use core::arch::naked_asm;

use super::{LEAK_FRACTION_BITS, LEAK_MULTIPLIER, Requantise, TANH, TANH_ENTRIES};
use crate::infer::integer::ROWS;

/// Writes the outputs of eight rows for their sums.
#[inline]
pub(super) fn write(
    by: &Requantise,
    sums: &[i32; ROWS],
    bias: &[i32; ROWS],
    multipliers: &[u16; ROWS],
    outputs: &mut [u8; ROWS],
) {
    // SAFETY: the arrays are as long as the function requires.
    unsafe { eight(by, sums, bias, multipliers, outputs) }
}

/// # Safety
/// The arguments are valid for reads, and the last for writes.
#[unsafe(naked)]
unsafe extern "C" fn eight(
    by: *const Requantise,
    sums: *const [i32; ROWS],
    bias: *const [i32; ROWS],
    multipliers: *const [u16; ROWS],
    outputs: *mut [u8; ROWS],
) {
    naked_asm!(
        ".cpu cortex-m55",
        "vld20.32        {{q0, q1}}, [r1]
         vld21.32        {{q0, q1}}, [r1]
         vld20.32        {{q2, q3}}, [r2]
         vld21.32        {{q2, q3}}, [r2]
         ldrd            r1, r2, [r0]
         vadd.i32        q0, q0, q2
         rsbs            r1, r1, #0
         vadd.i32        q1, q1, q3
         vshl.s32        q0, r1
         vshl.s32        q1, r1
         ldrb            r1, [r0, #12]
         vqmovnb.s32     q2, q0
         vqmovnt.s32     q2, q1
         cbz             r1, 2f",
        // Leaky ReLU: the larger of t and the product, as the slope is below one.
        "movw            r1, #{leak}
         vdup.16         q3, r1
         vmullb.s16      q0, q2, q3
         vmullt.s16      q1, q2, q3
         vrshr.s32       q0, q0, #{leak_bits}
         vrshr.s32       q1, q1, #{leak_bits}
         vmovnt.i32      q0, q1
         vmax.s16        q2, q2, q0
         2:
         vldrh.u16       q3, [r3]
         rsbs            r2, r2, #0
         ldr             r1, [r0, #8]
         vmullb.s16      q0, q2, q3
         vmullt.s16      q1, q2, q3
         vadd.i32        q0, q0, r1
         vadd.i32        q1, q1, r1
         ldrb            r0, [r0, #13]
         vshl.s32        q0, r2
         vshl.s32        q1, r2
         ldr             r1, [sp]
         vqmovunb.s32    q2, q0
         vqmovunt.s32    q2, q1
         cbnz            r0, 3f
         vqmovnb.u16     q0, q2
         vstrb.16        q0, [r1]
         bx              lr
         3:
         movw            r0, #{last}
         vdup.16         q3, r0
         vmin.u16        q2, q2, q3
         movw            r0, #:lower16:{tanh}
         movt            r0, #:upper16:{tanh}
         vldrb.u16       q0, [r0, q2]
         vstrb.16        q0, [r1]
         bx              lr",
        leak = const LEAK_MULTIPLIER,
        leak_bits = const LEAK_FRACTION_BITS,
        last = const TANH_ENTRIES - 1,
        tanh = sym TANH,
    )
}
