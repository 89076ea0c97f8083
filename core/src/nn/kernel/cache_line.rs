//! The unit in which memory for the kernels is allocated.

use bytemuck::{Pod, Zeroable};

/// Floats in a cache line, and in a [`Lanes`](super::Lanes): one register of AVX-512, two of AVX2, four of SSE or NEON.
pub const WIDTH: usize = 16;

/// Sixteen floats on a 64-byte boundary.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct CacheLine(pub [f32; WIDTH]);
