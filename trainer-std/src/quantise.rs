//! From floats to the 8-bit integers of [`pocketgan_core::model`]: scales, zero points and multipliers.
//!
//! The rule of inference is written down at the head of core's `model/int8.rs`. Here its numbers are chosen: activations
//! get one scale and zero point a layer, from the outputs of some hundred pictures; weights a scale a row; and the
//! multiplier of a row brings its sums to the scale of the layer's outputs.

use anyhow::Result;
use pocketgan_core::latent::Latent;
use pocketgan_core::model::{Header, Kind, LATENT_BITS, LayerHeader, MAX_BIAS, Origin, Requantise, TANH_FRACTION_BITS};
use pocketgan_core::network::{Activation, Layer, LayerView, Network, layers};
use pocketgan_core::recipe::Generator;

use crate::float::{forward, rows_of};
use crate::model_file::{encode, layer_header};

/// Pictures whose activations decide the ranges.
const CALIBRATION: u32 = 512;
/// Room above the largest sum seen in calibration.
const HEADROOM: f64 = 1.5;
/// Beyond this argument tanh is white or black to the pixel.
const TANH_REACH: f64 = 4.0;

/// The int8 model file of `generator`.
pub(crate) fn quantise(generator: &Generator, origin: Origin) -> Result<Vec<u8>> {
    let latents: Vec<Latent> = (0..CALIBRATION).map(Latent::of_picture).collect();
    let mut x = rows_of(&latents);
    let mut scale = Scale { step: 1.0 / f64::from(1 << LATENT_BITS), zero_point: 0 };
    let mut header = Header { kind: Kind::Int8, layers: Default::default(), origin };
    let mut parts = Vec::new();
    for layer in folded(generator) {
        let sums = forward(layer.view(Activation::Linear), &x);
        x = forward(layer.view(layer.shape.activation), &x);
        let output = match layer.shape.activation {
            Activation::Tanh => Scale { step: 1.0 / f64::from(1 << TANH_FRACTION_BITS), zero_point: 0 },
            _ => Scale::of(&x),
        };
        let quantised = Quantised::new(&layer, &scale, &output, &sums);
        let described = LayerHeader { requantise: Some(quantised.requantise), ..layer_header(&layer.shape) };
        header.layers.push(described).expect("folding leaves fewer layers than there were");
        parts.extend(quantised.parts());
        scale = output;
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    encode(&header, &parts)
}

/// A layer with weights of its own.
struct OwnLayer {
    shape: Layer,
    kernel: Vec<f32>,
    bias: Vec<f32>,
}

impl OwnLayer {
    fn view(&self, activation: Activation) -> LayerView<'_> {
        LayerView { shape: Layer { activation, ..self.shape }, kernel: &self.kernel, bias: &self.bias }
    }
}

/// The generator's layers, those without an activation multiplied into the one behind.
fn folded(generator: &Generator) -> Vec<OwnLayer> {
    let mut result: Vec<OwnLayer> = Vec::new();
    for LayerView { shape, kernel, bias } in layers(Generator::LAYERS, generator.flat()) {
        let layer = OwnLayer { shape, kernel: kernel.to_vec(), bias: bias.to_vec() };
        match result.pop_if(|before| before.shape.activation == Activation::Linear) {
            Some(before) => result.push(fold(&before, &layer)),
            None => result.push(layer),
        }
    }
    result
}

/// The one layer that does what `first` and then `second` do: `x A B + (a B + b)`.
fn fold(first: &OwnLayer, second: &OwnLayer) -> OwnLayer {
    let outputs = second.shape.outputs;
    let row_times_second = |row: &[f32], column: usize| {
        row.iter()
            .zip(second.kernel.chunks_exact(outputs))
            .map(|(&a, b)| f64::from(a) * f64::from(b[column]))
            .sum::<f64>()
    };
    let rows = first.kernel.chunks_exact(first.shape.outputs);
    let kernel = rows.flat_map(|row| (0..outputs).map(move |column| (row, column)));
    let bias = |column: usize| f64::from(second.bias[column]) + row_times_second(&first.bias, column);
    OwnLayer {
        shape: Layer { inputs: first.shape.inputs, ..second.shape },
        kernel: kernel.map(|(row, column)| row_times_second(row, column) as f32).collect(),
        bias: (0..outputs).map(|column| bias(column) as f32).collect(),
    }
}

/// What an 8-bit number q stands for: `step * (q - zero_point)`.
#[derive(Clone, Copy, Debug)]
struct Scale {
    step: f64,
    zero_point: i8,
}

impl Scale {
    /// The scale that loses least on `values`: their whole range, or a part of it with the rest cut off.
    fn of(values: &[f32]) -> Self {
        let (low, high) =
            values.iter().fold((0.0_f64, 0.0_f64), |(low, high), &x| (low.min(f64::from(x)), high.max(f64::from(x))));
        let candidates = (40..=100).step_by(4).map(|percent| Self::over(low, high * f64::from(percent) / 100.0));
        let loss = |scale: &Self| values.iter().map(|&x| scale.error(f64::from(x)).powi(2)).sum::<f64>();
        candidates.map(|scale| (loss(&scale), scale)).min_by(|a, b| a.0.total_cmp(&b.0)).expect("some candidates").1
    }

    /// The scale whose 256 numbers reach from `low` to `high`; 0 is one of them.
    fn over(low: f64, high: f64) -> Self {
        // A layer that gives nothing but zeros still needs a step.
        let step = ((high - low) / 255.0).max(f64::from(f32::MIN_POSITIVE));
        Self { step, zero_point: (-128.0 - low / step).round().clamp(-128.0, 127.0) as i8 }
    }

    fn error(&self, x: f64) -> f64 {
        let zero = f64::from(self.zero_point);
        let q = (x / self.step + zero).round().clamp(-128.0, 127.0);
        (q - zero) * self.step - x
    }
}

/// A layer in integers.
struct Quantised {
    requantise: Requantise,
    /// `[outputs][inputs]`
    kernel: Vec<i8>,
    bias: Vec<i32>,
    multipliers: Vec<u16>,
}

impl Quantised {
    /// `sums` are the layer's sums in calibration, `[pictures][outputs]`.
    fn new(layer: &OwnLayer, input: &Scale, output: &Scale, sums: &[f32]) -> Self {
        let outputs = layer.shape.outputs;
        let rows: Vec<Row> = (0..outputs).map(|row| Row::new(layer, row, input)).collect();
        let largest = |row: usize| {
            let largest = sums.iter().skip(row).step_by(outputs).fold(0.0_f32, |max, x| max.max(x.abs()));
            let reach = if layer.shape.activation == Activation::Tanh { TANH_REACH } else { f64::INFINITY };
            (HEADROOM * f64::from(largest)).min(reach) / rows[row].step
        };
        let pre_shift = pre_shift((0..outputs).map(largest).fold(0.0, f64::max));
        let ratios = rows.iter().map(|row| row.step / output.step * f64::from(1_u32 << pre_shift));
        let post_shift = post_shift(ratios.clone().fold(0.0, f64::max));
        let multiplier = |ratio: f64| (ratio * f64::from(1_u32 << post_shift)).round() as u16;
        Self {
            requantise: Requantise { pre_shift, post_shift, zero_point: output.zero_point },
            multipliers: ratios.map(multiplier).collect(),
            bias: rows.iter().map(|row| row.bias).collect(),
            kernel: rows.into_iter().flat_map(|row| row.weights).collect(),
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

/// The weights of one output.
struct Row {
    weights: Vec<i8>,
    bias: i32,
    /// What 1 of the row's sum stands for.
    step: f64,
}

impl Row {
    fn new(layer: &OwnLayer, row: usize, input: &Scale) -> Self {
        let weights: Vec<f64> =
            layer.kernel.iter().skip(row).step_by(layer.shape.outputs).map(|&w| f64::from(w)).collect();
        let largest = weights.iter().fold(f64::from(f32::MIN_POSITIVE), |max, w| max.max(w.abs()));
        let weights: Vec<i8> = weights.iter().map(|w| (w / largest * 127.0).round() as i8).collect();
        let step = largest / 127.0 * input.step;
        let sum: i32 = weights.iter().map(|&w| i32::from(w)).sum();
        let bias = f64::from(layer.bias[row]) / step - f64::from(input.zero_point) * f64::from(sum);
        let limit = f64::from(MAX_BIAS);
        Self { weights, bias: bias.round().clamp(-limit, limit) as i32, step }
    }
}

/// The fewest bits to shift away for `largest` to fit into 16 bits with its sign.
fn pre_shift(largest: f64) -> u8 {
    (0..31).find(|&shift| largest / f64::from(1_u32 << shift) <= 32_767.0).unwrap_or(31)
}

/// The most bits that `largest` can be shifted up to fit into 16 bits.
fn post_shift(largest: f64) -> u8 {
    (1..=31).rev().find(|&shift| largest * f64::from(1_u32 << shift) < 65_535.0).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_file::ModelFile;
    use pocketgan_core::initial::glorot;
    use pocketgan_core::recipe::PIXELS;

    fn generator() -> Box<Generator> {
        let mut generator: Box<Generator> = bytemuck::zeroed_box();
        glorot(&mut *generator, 5, 0);
        // Larger than at a start, and with biases: more like a trained one.
        generator.flat_mut().iter_mut().for_each(|w| *w *= 1.6);
        for bias in generator.dense4.bias.iter_mut().chain(&mut generator.dense3.bias) {
            *bias -= 0.1;
        }
        generator
    }

    fn origin() -> Origin {
        Origin {
            program: Default::default(),
            seed: 0,
            epochs: 0,
            steps: 0,
            batch: 1,
            learning_rate_g: 0.0,
            learning_rate_d: 0.0,
            real_label: 0.9,
            updates_per_batch: 1,
            data_sha256: [0; 32],
        }
    }

    #[test]
    fn integers_draw_nearly_what_floats_draw() {
        let generator = generator();
        let file = ModelFile::new(&quantise(&generator, origin()).unwrap());
        let model = file.model().unwrap();
        let pictures = crate::float::pictures(&generator, 1000..1100);
        let mut sum = 0;
        for (seed, expected) in (1000..).zip(&pictures) {
            let mut picture = [0; PIXELS];
            model.draw(&Latent::of_picture(seed), &mut picture);
            sum += picture.iter().zip(expected).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
        }
        let mean = f64::from(sum) / 78_400.0;
        assert!(mean < 1.5, "pixels differ by {mean} in the mean");
    }

    #[test]
    fn folding_two_layers_changes_no_sum() {
        let generator = generator();
        let layers = folded(&generator);
        assert_eq!(layers.len(), 4);
        let x = rows_of(&[Latent::of_picture(1), Latent::of_picture(2)]);
        let twice = layers_of(&generator)[..2].iter().fold(x.clone(), |x, &layer| forward(layer, &x));
        let once = forward(layers[0].view(Activation::LeakyRelu), &x);
        assert!(once.iter().zip(&twice).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    fn layers_of(generator: &Generator) -> Vec<LayerView<'_>> {
        layers(Generator::LAYERS, generator.flat()).collect()
    }

    #[test]
    fn a_generator_of_zeros_still_makes_a_model_and_grey_pictures() {
        let file = ModelFile::new(&quantise(&bytemuck::zeroed_box(), origin()).unwrap());
        let mut picture = [0; PIXELS];
        file.model().unwrap().draw(&Latent::of_picture(0), &mut picture);
        assert_eq!(picture, [128; PIXELS]);
    }
}
