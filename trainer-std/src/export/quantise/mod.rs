//! From floats to the integers of [`pocketgan_core::infer::model`]: scales, zero points and multipliers.
//!
//! The rule of inference is written down at the head of core's `model/integer.rs`. Here its numbers are chosen: activations
//! get one scale and zero point a layer, from the outputs of some thousand pictures, after its units were made to reach
//! equally far; weights a scale a row, and rounded such that their errors make up for each other; and the multiplier of a
//! row brings its sums to the scale of the layer's outputs. Each layer is fitted to the inputs that the quantised ones
//! before give it, so that its weights also make up for what those lost.

mod descent;
mod equalise;
pub(crate) mod folding;
mod pixels;
mod rounding;
mod scale;
mod spread;

use std::ops::Range;

use anyhow::Result;
use pocketgan_core::infer::integer::{Precision, layout};
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{
    Header, LATENT_BITS, LATENT_ZERO, LayerHeader, MAX_BIAS, MAX_MULTIPLIER, Quantisation, Requantise,
    TANH_FRACTION_BITS,
};
use pocketgan_core::nn::activation;
use pocketgan_core::nn::network::{Activation, Layer};
use pocketgan_core::recipe::Generator;
use rayon::prelude::*;

use crate::export::float::{forward, rows_of};
use crate::export::model_file::{encode, layer_header};
use equalise::equalised;
use folding::{OwnLayer, folded};
use pixels::Pixel;
use rounding::{Rounded, Statistics};
use scale::Scale;
use spread::{dot, means};

/// Seeds of the pictures whose activations decide: none that people ask for, or that the result is judged by.
const CALIBRATION: Range<u32> = 0x8000_0000..0x8000_1000;
/// Room above the largest sum seen in calibration.
const HEADROOM: f64 = 1.5;
/// Beyond this argument tanh is white or black to the pixel.
const TANH_REACH: f64 = 4.0;

/// The model file of `generator` in integers: of the one precision in the last layer, of the other in those before.
pub(crate) fn quantise(generator: &Generator, [hidden, last]: [Precision; 2], metadata: &[u8]) -> Result<Vec<u8>> {
    let latents: Vec<Latent> = CALIBRATION.map(Latent::of_picture).collect();
    // The inputs of each layer, as floats have them and as what was quantised so far has them.
    let mut exact = rows_of(&latents);
    let mut scale = Scale { step: 1.0 / f64::from(1 << LATENT_BITS), zero_point: LATENT_ZERO };
    let mut inexact = exact.clone();
    scale.round(&mut inexact);
    let mut header = Header { layers: Default::default() };
    let mut parts = Vec::new();
    for layer in equalised(folded(generator), &exact) {
        let input = Input { scale, x: &inexact, statistics: Statistics::of(&inexact, &exact, layer.shape.inputs) };
        let sums = forward(layer.view(Activation::Linear), &exact);
        // Nothing is fitted to the pixels; those of all calibration pictures would take more memory than all else.
        let is_last = layer.shape.activation == Activation::Tanh;
        let (precision, output) = if is_last {
            (last, Scale { step: 1.0 / f64::from(1 << TANH_FRACTION_BITS), zero_point: 0 })
        } else {
            exact.clone_from(&sums);
            activation::forward(layer.shape.activation, &mut exact);
            (hidden, Scale::of(&exact))
        };
        let quantised = Quantised::new(&layer, precision, &input, &output, &sums);
        if !is_last {
            inexact = forward(quantised.layer.view(layer.shape.activation), &inexact);
            output.round(&mut inexact);
        }
        let described = LayerHeader { quantisation: Some(quantised.quantisation), ..layer_header(&layer.shape) };
        header.layers.push(described).expect("folding leaves fewer layers than there were");
        parts.extend(quantised.parts());
        scale = output;
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    encode(&header, &parts, metadata)
}

/// What is known of a layer's inputs.
struct Input<'a> {
    scale: Scale,
    /// As what was quantised before gives them: `[rows][inputs]`.
    x: &'a [f32],
    statistics: Statistics,
}

/// A layer in integers.
struct Quantised {
    quantisation: Quantisation,
    /// In floats, what it does.
    layer: OwnLayer,
    /// In the order of the kernels.
    kernel: Vec<u32>,
    bias: Vec<i32>,
    multipliers: Vec<u16>,
}

impl Quantised {
    /// `sums` are the layer's in calibration, as meant: `[rows][outputs]`.
    fn new(layer: &OwnLayer, precision: Precision, input: &Input<'_>, output: &Scale, sums: &[f32]) -> Self {
        let Layer { inputs, outputs, activation } = layer.shape;
        let row = |row: usize| Row::new(layer, row, precision, input, &column(sums, outputs, row));
        let rows: Vec<Row> = (0..outputs).into_par_iter().map(row).collect();
        let reach = if activation == Activation::Tanh { TANH_REACH } else { f64::INFINITY };
        let largest = rows.iter().map(|row| (HEADROOM * row.largest).min(reach) / row.step).fold(0.0, f64::max);
        let pre_shift = pre_shift(largest);
        let ratios: Vec<f64> = rows.iter().map(|row| row.step / output.step * f64::from(1_u32 << pre_shift)).collect();
        let quantisation =
            |post_shift| Quantisation { precision, pre_shift, post_shift, zero_point: output.zero_point };
        let fits = |post_shift| Requantise::new(quantisation(post_shift), activation).is_some();
        let post_shift = post_shift(ratios.iter().copied().fold(0.0, f64::max), fits);
        let multiplier = |ratio: &f64| (ratio * f64::from(1_u32 << post_shift)).round() as u16;
        let weights: Vec<i8> = rows.iter().flat_map(|row| row.weights.iter().copied()).collect();
        let mut kernel = vec![0; layout::words(precision, outputs, inputs)];
        layout::pack(precision, &weights, inputs, &mut kernel);
        Self {
            quantisation: quantisation(post_shift),
            layer: as_floats(&layer.shape, &rows, &input.scale),
            kernel,
            bias: rows.iter().map(|row| row.bias).collect(),
            multipliers: ratios.iter().map(multiplier).collect(),
        }
    }

    fn parts(&self) -> [Vec<u8>; 3] {
        [
            bytemuck::cast_slice(&self.kernel).to_vec(),
            bytemuck::cast_slice(&self.bias).to_vec(),
            bytemuck::cast_slice(&self.multipliers).to_vec(),
        ]
    }
}

/// The layer of floats that does what rows of integers do.
fn as_floats(shape: &Layer, rows: &[Row], input: &Scale) -> OwnLayer {
    let weight = |input_index: usize, row: &Row| (f64::from(row.weights[input_index]) * row.step / input.step) as f32;
    let bias = |row: &Row| {
        let zero = row.weights.iter().map(|&w| i32::from(w)).sum::<i32>() * i32::from(input.zero_point);
        (f64::from(row.bias + zero) * row.step) as f32
    };
    OwnLayer {
        shape: *shape,
        kernel: (0..shape.inputs).flat_map(|i| rows.iter().map(move |row| weight(i, row))).collect(),
        bias: rows.iter().map(bias).collect(),
    }
}

/// Column `column` of `values`, `[rows][columns]`.
fn column(values: &[f32], columns: usize, column: usize) -> Vec<f32> {
    values.iter().skip(column).step_by(columns).copied().collect()
}

/// The weights of one output.
struct Row {
    weights: Vec<i8>,
    bias: i32,
    /// What 1 of the row's sum stands for.
    step: f64,
    /// The largest magnitude of its sums in calibration.
    largest: f64,
}

impl Row {
    /// `sums` are the row's in calibration, as meant.
    fn new(layer: &OwnLayer, row: usize, precision: Precision, input: &Input<'_>, sums: &[f32]) -> Self {
        let exact: Vec<f64> = column(&layer.kernel, layer.shape.outputs, row).into_iter().map(f64::from).collect();
        let exact = input.statistics.refit(&exact);
        let rounded = input.statistics.round(&exact, precision);
        // In 8 bits a pixel's weights lose next to nothing, wherever it is.
        let pixel = match (layer.shape.activation, precision) {
            (Activation::Tanh, Precision::Int4) => pixels::fit(rounded, &exact, input.x, sums, precision),
            _ => Pixel { rounded, mean_sum: means(sums, 1)[0], means: input.statistics.spread.means.clone() },
        };
        let Pixel { rounded: Rounded { weights, step }, mean_sum, means } = pixel;
        let as_floats: Vec<f64> = weights.iter().map(|&weight| f64::from(weight)).collect();
        let zero = f64::from(input.scale.zero_point) * as_floats.iter().sum::<f64>();
        let step_of_sum = step * input.scale.step;
        // What rounding does to the sum in the mean, the bias makes up for.
        let bias = (mean_sum - step * dot(&as_floats, &means)) / step_of_sum - zero;
        let limit = f64::from(MAX_BIAS);
        let largest = sums.iter().fold(0.0_f32, |largest, sum| largest.max(sum.abs()));
        Self { bias: bias.round().clamp(-limit, limit) as i32, step: step_of_sum, largest: largest.into(), weights }
    }
}

/// The fewest bits to shift away for `largest` to fit into 16 bits with its sign.
fn pre_shift(largest: f64) -> u8 {
    (0..31).find(|&shift| largest / f64::from(1_u32 << shift) <= 32_767.0).unwrap_or(31)
}

/// The most bits by which `largest` can be shifted up to stay a multiplier.
fn post_shift(largest: f64, fits: impl Fn(u8) -> bool) -> u8 {
    let room = |shift: u8| largest * f64::from(1_u32 << shift) < f64::from(MAX_MULTIPLIER);
    (1..=30).rev().find(|&shift| room(shift) && fits(shift)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::folding::tests::generator;
    use super::*;
    use crate::export::model_file::ModelFile;
    use pocketgan_core::recipe::PIXELS;

    /// How far the pixels of `generator` in integers are from those in floats, in the mean.
    fn difference(generator: &Generator, precisions: [Precision; 2]) -> f64 {
        let file = ModelFile::new(&quantise(generator, precisions, &[]).unwrap());
        let model = file.model().unwrap();
        let pictures = crate::export::float::pictures(generator, 1000..1100);
        let mut sum = 0;
        for (seed, expected) in (1000..).zip(&pictures) {
            let mut picture = [0; PIXELS];
            model.draw(&Latent::of_picture(seed), &mut picture);
            sum += picture.iter().zip(expected).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
        }
        f64::from(sum) / 78_400.0
    }

    #[test]
    fn integers_draw_nearly_what_floats_draw_and_the_nearer_the_more_bits() {
        use Precision::{Int4, Int8};
        let generator = generator();
        let [int8, mixed, int4] =
            [[Int8, Int8], [Int8, Int4], [Int4, Int4]].map(|precisions| difference(&generator, precisions));
        assert!(int8 < 1.5 && int8 < mixed && mixed < int4 && int4 < 12.0, "{int8}, {mixed}, {int4}");
    }

    #[test]
    fn a_generator_of_zeros_still_makes_a_model_and_grey_pictures() {
        let file = ModelFile::new(&quantise(&bytemuck::zeroed_box(), [Precision::Int4, Precision::Int8], &[]).unwrap());
        let mut picture = [0; PIXELS];
        file.model().unwrap().draw(&Latent::of_picture(0), &mut picture);
        assert_eq!(picture, [128; PIXELS]);
    }
}
