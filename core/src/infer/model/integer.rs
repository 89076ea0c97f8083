//! Drawing from an integer model, in exact integer arithmetic: every machine draws the same bytes.
//!
//! # Arithmetic
//!
//! The first layer's input is `x[i] = clamp(((z[i] + 64) >> 7) + 128, 0, 255)`: the latent in units of 1/32, with zero point
//! 128. For each output `j` of a layer,
//!
//! ```text
//! sum    = bias[j] + Σ_i weight[j][i] * x[i]                                  exact in 32 bits
//! t      = clamp(sum >> pre_shift, -32768, 32767)                             shifts round down
//! t      = t < 0 ? (t * 5243 + 2^18) >> 19 : t                                layers with leaky ReLU
//! scaled = (t * multiplier[j] + 2^(post_shift - 1)) >> post_shift             rounded to nearest, half up
//! y[j]   = clamp(scaled + zero_point, 0, 255)                                 all layers but the last
//! y[j]   = round(127.5 + 127.5 * tanh(clamp(scaled, -512, 511) / 128))        the last layer, by a table
//! ```
//!
//! `y` is the next layer's `x`. The zero point of `x` is folded into the bias. With the sizes and ranges that
//! [`Model::parse`](super::Model::parse) accepts, no step overflows 32 bits.

use super::format::{self, Frame};
use super::requantise::{MAX_BIAS, MAX_MULTIPLIER, Requantise};
use super::{DigitSeeds, Kind, LayerHeader, ModelError};
use crate::infer::integer::{Inputs, Precision, QUAD, ROWS, eight_rows};
use crate::infer::latent::{FRACTION_BITS, Latent};
use crate::infer::picture::Picture;
use crate::nn::network::PerLayer;

/// Fraction bits of the first layer's input.
pub const LATENT_BITS: u32 = 5;
/// The zero point of the first layer's input.
pub const LATENT_ZERO: u8 = 128;

/// The generator of an integer model, borrowed from its file.
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
    /// Validates a file as [`Model::parse`](super::Model::parse) does, and returns only the generator. A device that uses
    /// this does not link the code for floats.
    ///
    /// # Errors
    /// Those of [`Model::parse`](super::Model::parse), and [`ModelError::Floats`].
    pub fn parse(file: &'a [u8]) -> Result<Self, ModelError> {
        Self::parse_with_digits(file).map(|(generator, _)| generator)
    }

    /// Like [`parse`](Self::parse), and returns the file's table of digit seeds as well.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse).
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

    /// Draws the picture of `latent`. The head of `model/integer.rs` specifies the arithmetic.
    ///
    /// Infallible; uses 0.8 KB of stack, or 1.3 KB on processors without DSP instructions.
    pub fn draw(&self, latent: &Latent, picture: &mut Picture) {
        self.draw_in_steps(latent, picture, |_| ());
    }

    /// Like [`draw`](Self::draw), but calls `after(0)` when the latent was read, and `after(n)` after the nth layer.
    #[inline]
    pub fn draw_in_steps(&self, latent: &Latent, picture: &mut Picture, mut after: impl FnMut(usize)) {
        let mut x = Inputs::new();
        x.set(first_inputs(latent));
        after(0);
        // The picture's memory holds the outputs of each layer, too.
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
    /// Whether its numbers are in the ranges in which no step overflows 32 bits.
    fn is_in_range(&self) -> bool {
        self.bias.iter().all(|bias| (-MAX_BIAS..=MAX_BIAS).contains(bias))
            && self.multipliers.iter().all(|&multiplier| multiplier <= MAX_MULTIPLIER)
    }

    /// Number of outputs, in blocks of [`ROWS`].
    fn blocks(&self) -> usize {
        self.bias.len() / ROWS
    }

    /// Writes the layer's outputs for `x` into the first of `outputs`.
    fn run(&self, x: &Inputs, outputs: &mut [[u8; ROWS]]) {
        let (mut weights, mut sums) = (self.weights, [0; ROWS]);
        let rows = self.bias.as_chunks().0.iter().zip(self.multipliers.as_chunks().0);
        for (output, (bias, multipliers)) in outputs.iter_mut().zip(rows) {
            let Some(()) = eight_rows(self.precision, &mut weights, x, &mut sums) else { return };
            self.requantise.write(&sums, bias, multipliers, output);
        }
    }
}

/// The latent as inputs of the first layer.
fn first_inputs(latent: &Latent) -> impl Iterator<Item = [u8; QUAD]> {
    const SHIFT: u32 = FRACTION_BITS - LATENT_BITS;
    // One half, and the zero point, in units of the latent's.
    const OFFSET: i32 = (1 << (SHIFT - 1)) + ((LATENT_ZERO as i32) << SHIFT);
    let unit = |z: i16| ((i32::from(z) + OFFSET) >> SHIFT).clamp(0, 255) as u8;
    latent.0.as_chunks().0.iter().map(move |z: &[i16; QUAD]| z.map(unit))
}

/// Whether the layer consists of whole groups of rows and inputs, as the kernels process them.
pub(super) fn has_whole_groups(layer: &LayerHeader) -> bool {
    usize::from(layer.inputs).is_multiple_of(QUAD) && usize::from(layer.outputs).is_multiple_of(ROWS)
}
