//! Drawing from a model of 8-bit integers, in exact integer arithmetic: every machine draws the same bytes.
//!
//! # The rule
//!
//! The latent enters as `x[i] = clamp((z[i] + 64) >> 7, -127, 127)`: units of 1/32. Then, for each output `j` of a layer,
//!
//! ```text
//! sum    = bias[j] + Σ_i kernel[j][i] * x[i]                                  32 bits, exact
//! t      = clamp(sum >> pre_shift, -32768, 32767)                             shifts round down
//! t      = t < 0 ? (t * 5243 + 2^18) >> 19 : t                                leaky ReLU, where the layer has one
//! scaled = (t * multiplier[j] + 2^(post_shift - 1)) >> post_shift             rounded to nearest, halves up
//! y[j]   = clamp(scaled + zero_point, -128, 127)                              all layers but the last
//! y[j]   = tanh_pixel(scaled)                                                 the last: scaled is in units of 1/128
//! ```
//!
//! `y` is the next layer's `x`. The zero point of `x` is folded into the bias. With the sizes and ranges that
//! [`Model::parse`](super::Model::parse) lets through, no step leaves 32 bits.

use super::format::{Contents, parts};
use super::{Header, ModelError, Requantise};
use crate::latent::{FRACTION_BITS, Latent};
use crate::mlp::PerLayer;
use crate::network::Activation;
use crate::picture::Picture;
use crate::recipe::LATENT;

/// Widest layer below the picture; a sum of as many products stays below 2^22.
const WIDEST: usize = 256;
/// Largest magnitude of a bias; with a sum of products it stays below 2^31.
pub const MAX_BIAS: i32 = 1 << 30;
/// The slope below zero, 0.01, in units of 2^-19.
pub const LEAK_MULTIPLIER: i32 = 5243;
/// Fraction bits of [`LEAK_MULTIPLIER`].
pub const LEAK_FRACTION_BITS: u32 = 19;
/// Fraction bits of the argument of tanh.
pub const TANH_FRACTION_BITS: u32 = 7;
/// Fraction bits of the latent that the first layer sees.
pub const LATENT_BITS: u32 = 5;

/// A generator of 8-bit integers, borrowed from a model file.
#[derive(Clone, Debug)]
pub struct Int8Generator<'a> {
    layers: PerLayer<Int8Layer<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Int8Layer<'a> {
    inputs: usize,
    activation: Activation,
    requantise: Requantise,
    /// `[outputs][inputs]`
    kernel: &'a [i8],
    /// `[outputs]`
    bias: &'a [i32],
    /// `[outputs]`
    multipliers: &'a [u16],
}

impl<'a> Int8Generator<'a> {
    pub(super) fn borrow(header: &Header, file: &'a [u8]) -> Result<Self, ModelError> {
        header.check_layers(WIDEST)?;
        let mut contents = Contents::new(file, parts(header)?);
        let mut layers = PerLayer::new();
        for (index, layer) in header.layers.iter().enumerate() {
            let out_of_range = ModelError::Range { layer: index as u8 };
            let layer = Int8Layer {
                inputs: usize::from(layer.inputs),
                activation: layer.activation,
                requantise: layer.requantise.ok_or(out_of_range)?,
                kernel: contents.next()?,
                bias: contents.next()?,
                multipliers: contents.next()?,
            };
            if !layer.is_in_range() {
                return Err(out_of_range);
            }
            layers.push(layer).map_err(|_| ModelError::Layers)?;
        }
        Ok(Self { layers })
    }

    /// Draws the picture of `latent`, by the rule at the head of this module's source.
    pub fn draw(&self, latent: &Latent, picture: &mut Picture) {
        let Some((last, hidden)) = self.layers.split_last() else { return };
        let mut x = [0; WIDEST];
        enter(latent, &mut x);
        for layer in hidden {
            let mut y = [0; WIDEST];
            for (y, scaled) in y.iter_mut().zip(layer.scaled_sums(&x)) {
                *y = saturate(scaled + i32::from(layer.requantise.zero_point));
            }
            x = y;
        }
        for (pixel, scaled) in picture.iter_mut().zip(last.scaled_sums(&x)) {
            *pixel = tanh_pixel(scaled);
        }
    }
}

impl Int8Layer<'_> {
    /// That no step of the rule leaves 32 bits.
    fn is_in_range(&self) -> bool {
        let Requantise { pre_shift, post_shift, .. } = self.requantise;
        pre_shift <= 31
            && (1..=31).contains(&post_shift)
            && self.bias.iter().all(|bias| (-MAX_BIAS..=MAX_BIAS).contains(bias))
    }

    /// The layer's sums for `x`, scaled: what is left is the zero point or tanh.
    fn scaled_sums(&self, x: &[i8; WIDEST]) -> impl Iterator<Item = i32> {
        let rows = self.kernel.chunks_exact(self.inputs).zip(self.bias).zip(self.multipliers);
        rows.map(move |((row, &bias), &multiplier)| {
            requantise(bias.wrapping_add(dot(row, x)), multiplier, self.activation, self.requantise)
        })
    }
}

/// The latent in the units of the first layer.
fn enter(latent: &Latent, x: &mut [i8; WIDEST]) {
    const SHIFT: u32 = FRACTION_BITS - LATENT_BITS;
    for (x, &z) in x[..LATENT].iter_mut().zip(&latent.0) {
        *x = ((i32::from(z) + (1 << (SHIFT - 1))) >> SHIFT).clamp(-127, 127) as i8;
    }
}

/// `Σ_i row[i] * x[i]`
fn dot(row: &[i8], x: &[i8; WIDEST]) -> i32 {
    row.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum()
}

/// From a sum to `scaled`, as the rule says; with the layer's leaky ReLU on the way.
pub fn requantise(sum: i32, multiplier: u16, activation: Activation, by: Requantise) -> i32 {
    let t = (sum >> (by.pre_shift & 31)).clamp(-32768, 32767);
    let t = if t < 0 && activation == Activation::LeakyRelu {
        (t * LEAK_MULTIPLIER + (1 << (LEAK_FRACTION_BITS - 1))) >> LEAK_FRACTION_BITS
    } else {
        t
    };
    // The same as adding half a unit before the shift, but for that it cannot overflow.
    let twice = (t * i32::from(multiplier)) >> (by.post_shift.wrapping_sub(1) & 31);
    (twice + 1) >> 1
}

fn saturate(y: i32) -> i8 {
    y.clamp(-128, 127) as i8
}

/// The pixel for `tanh(x / 128)`: 0 for -1, 255 for 1, rounded to nearest.
pub fn tanh_pixel(x: i32) -> u8 {
    let magnitude = PIXELS_OF_TANH[(x.unsigned_abs() as usize).min(PIXELS_OF_TANH.len() - 1)];
    if x < 0 { 255 - magnitude } else { magnitude }
}

/// Pixels for arguments 0, 1/128, ..., 4; from there on tanh is white.
static PIXELS_OF_TANH: [u8; (4 << TANH_FRACTION_BITS) + 1] = pixels_of_tanh();

const fn pixels_of_tanh() -> [u8; (4 << TANH_FRACTION_BITS) + 1] {
    let mut pixels = [0; (4 << TANH_FRACTION_BITS) + 1];
    // exp(2 / 128), whose powers are the exponentials that tanh needs.
    let step = exp(2.0 / (1 << TANH_FRACTION_BITS) as f64);
    let (mut power, mut i) = (1.0, 0);
    while i < pixels.len() {
        let tanh = (power - 1.0) / (power + 1.0);
        pixels[i] = (127.5 + 127.5 * tanh + 0.5) as u8;
        power *= step;
        i += 1;
    }
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

    #[test]
    fn the_table_of_tanh_is_tanh_rounded_to_pixels() {
        for x in -700..=700 {
            let tanh = libm::tanh(f64::from(x) / 128.0);
            let error = f64::from(tanh_pixel(x)) - (127.5 + 127.5 * tanh);
            assert!(error.abs() <= 0.5, "tanh({x} / 128) gives {}", tanh_pixel(x));
        }
        assert_eq!((tanh_pixel(i32::MIN), tanh_pixel(i32::MAX)), (0, 255));
    }

    #[test]
    fn requantise_rounds_to_nearest_with_halves_up() {
        let by = Requantise { pre_shift: 0, post_shift: 2, zero_point: 0 };
        let scaled = |sum| requantise(sum, 1, Activation::Linear, by);
        assert_eq!([-7, -6, -5, -2, -1, 0, 1, 2, 5, 6].map(scaled), [-2, -1, -1, 0, 0, 0, 0, 1, 1, 2]);
    }

    #[test]
    fn requantise_agrees_with_its_formula_in_64_bits_up_to_the_extremes() {
        let sums = [i32::MIN, -40_000_000, -32_769, -32_768, -101, -1, 0, 1, 99, 32_767, 32_768, i32::MAX];
        for activation in [Activation::Linear, Activation::LeakyRelu] {
            for (pre_shift, post_shift) in [(0, 1), (3, 17), (8, 31), (31, 16)] {
                for (sum, multiplier) in sums.into_iter().flat_map(|sum| [1, 777, 65_535].map(|m| (sum, m))) {
                    let mut t = i64::from(sum >> pre_shift).clamp(-32_768, 32_767);
                    if t < 0 && activation == Activation::LeakyRelu {
                        t = (t * 5243 + (1 << 18)) >> 19;
                    }
                    let expected = (t * i64::from(multiplier) + (1 << (post_shift - 1))) >> post_shift;
                    let by = Requantise { pre_shift, post_shift, zero_point: 0 };
                    assert_eq!(i64::from(requantise(sum, multiplier, activation, by)), expected);
                }
            }
        }
    }
}
