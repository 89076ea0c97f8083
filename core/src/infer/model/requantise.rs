//! Requantisation: from a layer's 32-bit sums to its 8-bit outputs, as `model/integer.rs` specifies it.

#[cfg(integer_kernel = "mve")]
#[allow(unsafe_code)]
mod mve;
#[cfg(any(not(integer_kernel = "mve"), feature = "test-support"))]
pub(super) mod scalar;

use super::Quantisation;
use crate::infer::integer::ROWS;
use crate::nn::network::Activation;

/// Largest magnitude of a bias, so that its sum with the products stays below 2^31.
pub const MAX_BIAS: i32 = 1 << 30;
/// Largest multiplier of a row, so that its product with 16 bits leaves room for rounding and zero point.
pub const MAX_MULTIPLIER: u16 = 0x7fff;
/// The slope of leaky ReLU below zero, 0.01, in units of 2^-19.
pub const LEAK_MULTIPLIER: i32 = 5243;
/// Fraction bits of [`LEAK_MULTIPLIER`].
pub const LEAK_FRACTION_BITS: u32 = 19;
/// Fraction bits of the argument of tanh.
pub const TANH_FRACTION_BITS: u32 = 7;

/// Number of entries of the table of tanh, for arguments from -4 to 4.
const TANH_ENTRIES: usize = 8 << TANH_FRACTION_BITS;
/// Index of the entry for argument 0: the last layer's zero point.
const TANH_ZERO: i32 = TANH_ENTRIES as i32 / 2;

/// The validated parameters that bring a layer's sums to the scale of its outputs.
// The assembly for vectors relies on this layout.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Requantise {
    pre_shift: u32,
    post_shift: u32,
    /// The zero point plus one half, for rounding, in units of the product.
    offset: i32,
    leaky: bool,
    tanh: bool,
}

impl Requantise {
    /// The parameters of a layer; `None` if an intermediate result could overflow 32 bits.
    pub fn new(of: Quantisation, activation: Activation) -> Option<Self> {
        let Quantisation { pre_shift, post_shift, zero_point, .. } = of;
        if pre_shift > 31 || !(1..=30).contains(&post_shift) {
            return None;
        }
        let zero = if activation == Activation::Tanh { TANH_ZERO } else { i32::from(zero_point) };
        let offset = (i64::from(zero) << post_shift) + (1 << (post_shift - 1));
        let largest = 32_768 * i64::from(MAX_MULTIPLIER);
        Some(Self {
            pre_shift: pre_shift.into(),
            post_shift: post_shift.into(),
            offset: i32::try_from(offset + largest).ok().map(|_| offset as i32)?,
            leaky: activation == Activation::LeakyRelu,
            tanh: activation == Activation::Tanh,
        })
    }

    /// Writes the outputs of eight rows for their sums.
    #[inline]
    pub fn write(&self, sums: &[i32; ROWS], bias: &[i32; ROWS], multipliers: &[u16; ROWS], outputs: &mut [u8; ROWS]) {
        #[cfg(integer_kernel = "mve")]
        mve::write(self, sums, bias, multipliers, outputs);
        #[cfg(not(integer_kernel = "mve"))]
        scalar::write(self, sums, bias, multipliers, outputs);
    }
}

/// The pixels for `tanh((i - 512) / 128)`: -1 gives 0, and 1 gives 255.
static TANH: [u8; TANH_ENTRIES] = tanh();

const fn tanh() -> [u8; TANH_ENTRIES] {
    let mut pixels = [0; TANH_ENTRIES];
    // exp(2 / 128): tanh(i / 128) is (p - 1) / (p + 1) with p its ith power.
    let step = exp(2.0 / (1 << TANH_FRACTION_BITS) as f64);
    let (mut power, mut i) = (1.0, 0);
    while i < TANH_ENTRIES / 2 {
        let tanh = (power - 1.0) / (power + 1.0);
        let pixel = (127.5 + 127.5 * tanh + 0.5) as u8;
        pixels[TANH_ENTRIES / 2 + i] = pixel;
        if i > 0 {
            pixels[TANH_ENTRIES / 2 - i] = 255 - pixel;
        }
        power *= step;
        i += 1;
    }
    // pixels[0], for -4, stays 0.
    pixels
}

/// The exponential's Taylor series, for small `x`.
const fn exp(x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, 1.0);
    while n < 12.0 {
        term *= x / n;
        sum += term;
        n += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::integer::Precision;

    pub(super) fn quantisation(pre_shift: u8, post_shift: u8, zero_point: u8) -> Quantisation {
        Quantisation { precision: Precision::Int8, pre_shift, post_shift, zero_point }
    }

    #[test]
    fn outputs_are_clamped_and_follow_tanh_in_the_last_layer() {
        let outputs = |activation| {
            let by = Requantise::new(quantisation(0, 1, 100), activation).unwrap();
            let mut outputs = [0; ROWS];
            by.write(&[-2000, -201, -200, 0, 1, 309, 312, 2000], &[0; ROWS], &[2; ROWS], &mut outputs);
            outputs
        };
        assert_eq!(outputs(Activation::Linear), [0, 0, 0, 100, 101, 255, 255, 255]);
        assert_eq!(outputs(Activation::LeakyRelu), [80, 98, 98, 100, 101, 255, 255, 255]);
        assert_eq!(outputs(Activation::Tanh), [0, 11, 11, 128, 128, 253, 253, 255]);
    }

    #[test]
    fn parameters_that_could_overflow_32_bits_are_rejected() {
        let works = |pre_shift, post_shift, zero_point, activation| {
            Requantise::new(quantisation(pre_shift, post_shift, zero_point), activation).is_some()
        };
        assert!(works(31, 22, 255, Activation::LeakyRelu) && !works(31, 23, 255, Activation::LeakyRelu));
        assert!(works(0, 30, 0, Activation::Linear) && !works(0, 31, 0, Activation::Linear));
        assert!(works(0, 20, 9, Activation::Tanh) && !works(0, 21, 0, Activation::Tanh));
        assert!(!works(32, 20, 0, Activation::Linear) && !works(0, 0, 0, Activation::Linear));
    }
}
