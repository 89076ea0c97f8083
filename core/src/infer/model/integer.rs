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

use super::format::{self, Frame};
use super::requantise::{MAX_BIAS, MAX_MULTIPLIER, Requantise};
use super::{DigitSeeds, Kind, LayerHeader, ModelError};
use crate::infer::integer::{Inputs, Precision, QUAD, ROWS, eight_rows};
use crate::infer::latent::{FRACTION_BITS, Latent};
use crate::infer::picture::Picture;
use crate::nn::network::PerLayer;

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
    /// In the order of [`layout`](crate::infer::integer::layout).
    weights: &'a [u32],
    /// `[outputs]`
    bias: &'a [i32],
    /// `[outputs]`
    multipliers: &'a [u16],
    requantise: Requantise,
}

impl<'a> IntegerGenerator<'a> {
    /// Looks a file over as [`Model::parse`](super::Model::parse) does and keeps only the generator. A device that draws
    /// from integers has no flash for the code that floats take.
    ///
    /// # Errors
    /// What is wrong with the file, or [`ModelError::Floats`].
    pub fn parse(file: &'a [u8]) -> Result<Self, ModelError> {
        Self::parse_with_digits(file).map(|(generator, _)| generator)
    }

    /// Like [`parse`](Self::parse), with the file's table of digits.
    ///
    /// # Errors
    /// The same.
    #[inline]
    pub fn parse_with_digits(file: &'a [u8]) -> Result<(Self, DigitSeeds<'a>), ModelError> {
        let file = format::open(file)?;
        match file.header.kind() {
            Some(Kind::F32) => Err(ModelError::Floats),
            Some(Kind::Int8 | Kind::Int4 | Kind::Mixed) => Ok((Self::borrow(&file)?, file.digits)),
            None => Err(ModelError::Kinds),
        }
    }

    pub(super) fn borrow(file: &Frame<'a>) -> Result<Self, ModelError> {
        let mut contents = file.contents();
        let mut layers = PerLayer::new();
        for (index, layer) in file.header.layers.iter().enumerate() {
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
    /// Neither panics nor allocates; takes 0.8 KB of stack, 1.3 KB on processors without the DSP instructions.
    pub fn draw(&self, latent: &Latent, picture: &mut Picture) {
        self.draw_in_steps(latent, picture, |_| ());
    }

    /// [`Self::draw`], with `after(0)` when the latent has entered and `after(n)` behind layer n, counted from 1.
    #[inline]
    pub fn draw_in_steps(&self, latent: &Latent, picture: &mut Picture, mut after: impl FnMut(usize)) {
        let mut x = Inputs::new();
        x.set(enter(latent));
        after(0);
        // Every layer's outputs have room where the picture will be.
        let outputs = picture.as_chunks_mut().0;
        for (layer, number) in self.layers.iter().zip(1..) {
            layer.run(&x, outputs);
            after(number);
            if number < self.layers.len() {
                x.set(outputs.iter().take(layer.blocks()).copied());
            }
        }
    }
}

impl IntegerLayer<'_> {
    /// That its numbers are in the ranges in which no step of the rule leaves 32 bits.
    fn is_in_range(&self) -> bool {
        self.bias.iter().all(|bias| (-MAX_BIAS..=MAX_BIAS).contains(bias))
            && self.multipliers.iter().all(|&multiplier| multiplier <= MAX_MULTIPLIER)
    }

    /// Outputs, in blocks of [`ROWS`].
    fn blocks(&self) -> usize {
        self.bias.len() / ROWS
    }

    /// Writes the layer's outputs for `x` into the first of `outputs`.
    fn run(&self, x: &Inputs, outputs: &mut [[u8; ROWS]]) {
        let mut weights = self.weights;
        let rows = self.bias.as_chunks().0.iter().zip(self.multipliers.as_chunks().0);
        for (output, (bias, multipliers)) in outputs.iter_mut().zip(rows) {
            let Some(sums) = eight_rows(self.precision, &mut weights, x) else { return };
            self.requantise.write(sums, bias, multipliers, output);
        }
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
