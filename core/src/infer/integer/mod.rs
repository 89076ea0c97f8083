//! Sums of products of integers: 8-bit or 4-bit weights times 8-bit activations, exact on every machine.
//!
//! A layer's weights are stored in the order in which the kernels read them (see [`layout`]), which is the same for all
//! processors. [`eight_rows`] computes the sums of eight outputs at a time. `build.rs` chooses the kernel by the target, and
//! vectors by the feature `mve`:
//!
//! | target | int8 | int4 | instructions per multiply-add in the loop |
//! |---|---|---|---|
//! | Cortex-M55, M85 (MVE) | `mve.rs` | `mve_int4.rs` | 0.20, 0.13 |
//! | Cortex-M4, M7, M33 (DSP) | `dsp.rs` | `dsp_int4.rs` | 0.88, 1.25 |
//! | Cortex-M3 | `v7m.rs` | `v7m_int4.rs` | 3.13, 1.38 |
//! | Cortex-M0, M0+, M23 | `v6m.rs` | `v6m_int4.rs` | 3.25, 2.00 |
//! | RV32IMC and other 32-bit RISC-V | `scalar.rs` | `scalar.rs` | |
//! | all others | `portable.rs` | `portable.rs` | |
//!
//! [`check::kernels`] compares them with plain loops; it is a unit test on the host, and the firmware's program
//! `kernel-test` on a device.

#[cfg(feature = "test-support")]
pub mod check;
mod inputs;
pub mod layout;

#[cfg(integer_kernel = "dsp")]
#[allow(unsafe_code)]
mod dsp;
#[cfg(integer_kernel = "dsp")]
#[allow(unsafe_code)]
mod dsp_int4;
#[cfg(any(integer_kernel = "v7m", integer_kernel = "v6m"))]
#[allow(unsafe_code)]
mod int8;
#[cfg(integer_kernel = "mve")]
#[allow(unsafe_code)]
mod mve;
#[cfg(integer_kernel = "mve")]
#[allow(unsafe_code)]
mod mve_int4;
#[cfg(integer_kernel = "mve")]
mod mve_sums;
#[cfg(any(integer_kernel = "v7m", integer_kernel = "v6m", integer_kernel = "scalar", test))]
mod packed;
#[cfg(integer_kernel = "portable")]
mod portable;
#[cfg(any(integer_kernel = "scalar", test))]
mod scalar;
#[cfg(integer_kernel = "v6m")]
#[allow(unsafe_code)]
mod v6m;
#[cfg(integer_kernel = "v6m")]
#[allow(unsafe_code)]
mod v6m_int4;
#[cfg(integer_kernel = "v7m")]
#[allow(unsafe_code)]
mod v7m;
#[cfg(integer_kernel = "v7m")]
#[allow(unsafe_code)]
mod v7m_int4;
#[cfg(integer_kernel = "v7m")]
mod v7m_pairs;

#[cfg(any(integer_kernel = "v7m", integer_kernel = "v6m"))]
use int8::int8_rows;
#[cfg(integer_kernel = "portable")]
use portable::{int4_rows, int8_rows};
#[cfg(integer_kernel = "scalar")]
use scalar::{int4_rows, int8_rows};
#[cfg(integer_kernel = "v6m")]
use v6m_int4::int4_rows;
#[cfg(integer_kernel = "v7m")]
use v7m_int4::int4_rows;
#[cfg(integer_kernel = "dsp")]
use {dsp::int8_rows, dsp_int4::int4_rows};
#[cfg(integer_kernel = "mve")]
use {mve::int8_rows, mve_int4::int4_rows};

pub use inputs::{Inputs, WIDEST};
pub use layout::{Precision, QUAD, ROWS};

/// Computes `Σ_i weight[row][i] * x[i]` for the next eight rows, whose weights are removed from the front of `weights`.
///
/// `None`, and without effect, if fewer than eight rows are left.
#[inline]
pub fn eight_rows(precision: Precision, weights: &mut &[u32], x: &Inputs, sums: &mut [i32; ROWS]) -> Option<()> {
    let (rows, rest) = weights.split_at_checked(layout::words(precision, ROWS, x.len()))?;
    *weights = rest;
    match precision {
        Precision::Int8 => int8_rows(rows, x, sums),
        Precision::Int4 => int4_rows(rows, x, sums),
    }
    Some(())
}
