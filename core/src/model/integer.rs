//! Drawing from a model of integers, in exact integer arithmetic: every machine draws the same bytes.
//!
//! # The rule
//!
//! The latent enters as `x[i] = clamp(((z[i] + 64) >> 7) + 128, 0, 255)`: units of 1/32 round 128. Then, for each output
//! `j` of a layer,
//!
//! ```text
//! sum    = bias[j] + Σ_i weight[j][i] * x[i]                                  32 bits, exact
//! t      = clamp(sum >> pre_shift, -32768, 32767)                             shifts round down
//! t      = t < 0 ? (t * 5243 + 2^18) >> 19 : t                                leaky ReLU, where the layer has one
//! scaled = (t * multiplier[j] + 2^(post_shift - 1)) >> post_shift             rounded to nearest, halves up
//! y[j]   = clamp(scaled + zero_point, 0, 255)                                 all layers but the last
//! y[j]   = pixel of tanh(clamp(scaled, -512, 511) / 128)                      the last: rounded to nearest, -1 is 0
//! ```
//!
//! `y` is the next layer's `x`. The zero point of `x` is folded into the bias. With the sizes and ranges that
//! [`Model::parse`](super::Model::parse) lets through, no step leaves 32 bits.

use super::format::{Contents, parts};
use super::requantise::{self, MAX_BIAS, MAX_MULTIPLIER, Requantise};
use super::{Header, LayerHeader, ModelError};
use crate::integer::{Inputs, Precision, QUAD, ROWS, WIDEST, eight_rows};
use crate::latent::{FRACTION_BITS, Latent};
use crate::mlp::PerLayer;
use crate::picture::Picture;

/// Fraction bits of the latent that the first layer sees.
pub const LATENT_BITS: u32 = 5;
/// The first layer's input that stands for 0.
pub const LATENT_ZERO: u8 = 128;

/// A generator of integers, borrowed from a model file.
#[derive(Clone, Debug)]
pub struct IntegerGenerator<'a> {
    layers: PerLayer<IntegerLayer<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct IntegerLayer<'a> {
    precision: Precision,
    /// In the order of [`layout`](crate::integer::layout).
    weights: &'a [u32],
    /// `[outputs]`
    bias: &'a [i32],
    /// `[outputs]`
    multipliers: &'a [u16],
    requantise: Requantise,
}

impl<'a> IntegerGenerator<'a> {
    pub(super) fn borrow(header: &Header, file: &'a [u8]) -> Result<Self, ModelError> {
        header.check_layers(WIDEST)?;
        let mut contents = Contents::new(file, parts(header)?);
        let mut layers = PerLayer::new();
        for (index, layer) in header.layers.iter().enumerate() {
            let index = index as u8;
            if !has_whole_groups(layer) {
                return Err(ModelError::Groups { layer: index });
            }
            let out_of_range = ModelError::Range { layer: index };
            let of = layer.quantisation.ok_or(out_of_range)?;
            let layer = IntegerLayer {
                precision: of.precision,
                weights: contents.next()?,
                bias: contents.next()?,
                multipliers: contents.next()?,
                requantise: Requantise::new(of, layer.activation).ok_or(out_of_range)?,
            };
            if !layer.is_in_range() {
                return Err(out_of_range);
            }
            layers.push(layer).map_err(|_| ModelError::Layers)?;
        }
        Ok(Self { layers })
    }

    /// Draws the picture of `latent`, by the rule at the head of this module's source.
    ///
    /// Neither panics nor allocates; takes 1.2 KB of stack, 2.3 KB on processors without the DSP instructions.
    pub fn draw(&self, latent: &Latent, picture: &mut Picture) {
        self.draw_in_steps(latent, picture, |_| ());
    }

    /// [`Self::draw`], with `after(0)` when the latent has entered and `after(n)` behind layer n, counted from 1.
    #[inline]
    pub fn draw_in_steps(&self, latent: &Latent, picture: &mut Picture, mut after: impl FnMut(usize)) {
        let Some((last, hidden)) = self.layers.split_last() else { return };
        let (mut x, mut y) = (&mut Inputs::new(), &mut Inputs::new());
        x.set(enter(latent));
        after(0);
        for (layer, number) in hidden.iter().zip(1..) {
            y.set(layer.scaled_sums(x).map(|scaled| scaled.map(requantise::activation)));
            core::mem::swap(&mut x, &mut y);
            after(number);
        }
        for (pixels, scaled) in picture.as_chunks_mut().0.iter_mut().zip(last.scaled_sums(x)) {
            *pixels = scaled.map(requantise::tanh_pixel);
        }
        after(self.layers.len());
    }
}

impl IntegerLayer<'_> {
    /// That its numbers are in the ranges in which no step of the rule leaves 32 bits.
    fn is_in_range(&self) -> bool {
        self.bias.iter().all(|bias| (-MAX_BIAS..=MAX_BIAS).contains(bias))
            && self.multipliers.iter().all(|&multiplier| multiplier <= MAX_MULTIPLIER)
    }

    /// The layer's sums for `x`, scaled, eight at a time: what is left is to cut them to their range, or tanh.
    #[inline]
    fn scaled_sums(&self, x: &Inputs) -> impl Iterator<Item = [i32; ROWS]> {
        let mut weights = self.weights;
        let rows = self.bias.as_chunks::<ROWS>().0.iter().zip(self.multipliers.as_chunks::<ROWS>().0);
        rows.map_while(move |(bias, multipliers)| {
            let sums = eight_rows(self.precision, &mut weights, x)?;
            let scaled = |row: usize| self.requantise.scale(sums[row].wrapping_add(bias[row]), multipliers[row]);
            Some(core::array::from_fn(scaled))
        })
    }
}

/// The latent in the units of the first layer.
fn enter(latent: &Latent) -> impl Iterator<Item = [u8; QUAD]> {
    const SHIFT: u32 = FRACTION_BITS - LATENT_BITS;
    let unit = |z: i16| ((i32::from(z) + (1 << (SHIFT - 1))) >> SHIFT) + i32::from(LATENT_ZERO);
    latent.0.as_chunks().0.iter().map(move |z: &[i16; QUAD]| z.map(|z| unit(z).clamp(0, 255) as u8))
}

/// The layers of a generator of integers are whole groups of what the kernels read.
pub(super) fn has_whole_groups(layer: &LayerHeader) -> bool {
    usize::from(layer.inputs).is_multiple_of(QUAD) && usize::from(layer.outputs).is_multiple_of(ROWS)
}
