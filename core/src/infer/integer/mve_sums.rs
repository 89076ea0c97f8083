//! What the kernels for vectors share: where their arguments and sums are.
//!
//! The weights are in r1, the inputs in r5, the quads in r7. VMLADAVA adds across a vector into an even register: `low` and
//! `both` of the first two rows are in r0 and r2, of the next in r4 and r6, r8 and r10, r12 and lr.

/// Puts weights (r0), inputs (r1) and quads (r2) where the kernels have them, and clears the sums.
macro_rules! begin {
    () => {
        "
        add     r5, r1, #8
        mov     r1, r0
        mov     r7, r2
        movs    r0, #0
        movs    r2, #0
        movs    r4, #0
        movs    r6, #0
        mov     r8, #0
        mov     r10, #0
        mov     r12, #0
        mov     lr, #0
        "
    };
}

/// Turns each `both` into `both - low`.
macro_rules! subtract_low {
    () => {
        "
        sub     r2, r2, r0
        sub     r6, r6, r4
        sub     r10, r10, r8
        sub     lr, lr, r12
        "
    };
}

pub(super) use {begin, subtract_low};
