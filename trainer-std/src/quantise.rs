//! From floats to the integers of [`pocketgan_core::model`]: scales, zero points and multipliers.
//!
//! The rule of inference is written down at the head of core's `model/integer.rs`. Here its numbers are chosen: activations
//! get one scale and zero point a layer, from the outputs of some hundred pictures; weights a scale a row; and the
//! multiplier of a row brings its sums to the scale of the layer's outputs.

use anyhow::Result;
use pocketgan_core::integer::{Precision, layout};
use pocketgan_core::latent::Latent;
use pocketgan_core::model::{
    Header, LATENT_BITS, LATENT_ZERO, LayerHeader, MAX_BIAS, MAX_MULTIPLIER, Origin, Quantisation, Requantise,
    TANH_FRACTION_BITS,
};
use pocketgan_core::network::{Activation, Layer, LayerView, Network, layers};
use pocketgan_core::recipe::Generator;

use crate::float::{forward, rows_of};
use crate::model_file::{encode, layer_header};

/// Pictures whose activations decide the ranges.
const CALIBRATION: u32 = 512;
/// Room above the largest sum seen in calibration.
const HEADROOM: f64 = 1.5;
/// Steps tried for the weights of a row, from the one that reaches its largest down to half of that.
const CLIPPINGS: u32 = 40;
/// Beyond this argument tanh is white or black to the pixel.
const TANH_REACH: f64 = 4.0;

/// The model file of `generator` in integers: of the one precision in the last layer, of the other in those before.
pub(crate) fn quantise(generator: &Generator, [hidden, last]: [Precision; 2], origin: Origin) -> Result<Vec<u8>> {
    let latents: Vec<Latent> = (0..CALIBRATION).map(Latent::of_picture).collect();
    let mut x = rows_of(&latents);
    let mut scale = Scale { step: 1.0 / f64::from(1 << LATENT_BITS), zero_point: LATENT_ZERO };
    let mut header = Header { layers: Default::default(), origin };
    let mut parts = Vec::new();
    for layer in folded(generator) {
        let sums = forward(layer.view(Activation::Linear), &x);
        x = forward(layer.view(layer.shape.activation), &x);
        let (precision, output) = match layer.shape.activation {
            Activation::Tanh => (last, Scale { step: 1.0 / f64::from(1 << TANH_FRACTION_BITS), zero_point: 0 }),
            _ => (hidden, Scale::of(&x)),
        };
        let quantised = Quantised::new(&layer, precision, &scale, &output, &sums);
        let described = LayerHeader { quantisation: Some(quantised.quantisation), ..layer_header(&layer.shape) };
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
    zero_point: u8,
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
        Self { step, zero_point: (-low / step).round().clamp(0.0, 255.0) as u8 }
    }

    fn error(&self, x: f64) -> f64 {
        let zero = f64::from(self.zero_point);
        let q = (x / self.step + zero).round().clamp(0.0, 255.0);
        (q - zero) * self.step - x
    }
}

/// A layer in integers.
struct Quantised {
    quantisation: Quantisation,
    /// In the order of the kernels.
    kernel: Vec<u32>,
    bias: Vec<i32>,
    multipliers: Vec<u16>,
}

impl Quantised {
    /// `sums` are the layer's sums in calibration, `[pictures][outputs]`.
    fn new(layer: &OwnLayer, precision: Precision, input: &Scale, output: &Scale, sums: &[f32]) -> Self {
        let Layer { inputs, outputs, activation } = layer.shape;
        let rows: Vec<Row> = (0..outputs).map(|row| Row::new(layer, row, precision, input)).collect();
        let largest = |row: usize| {
            let largest = sums.iter().skip(row).step_by(outputs).fold(0.0_f32, |max, x| max.max(x.abs()));
            let reach = if activation == Activation::Tanh { TANH_REACH } else { f64::INFINITY };
            (HEADROOM * f64::from(largest)).min(reach) / rows[row].step
        };
        let pre_shift = pre_shift((0..outputs).map(largest).fold(0.0, f64::max));
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

/// The weights of one output.
struct Row {
    weights: Vec<i8>,
    bias: i32,
    /// What 1 of the row's sum stands for.
    step: f64,
}

impl Row {
    fn new(layer: &OwnLayer, row: usize, precision: Precision, input: &Scale) -> Self {
        let weights: Vec<f64> =
            layer.kernel.iter().skip(row).step_by(layer.shape.outputs).map(|&w| f64::from(w)).collect();
        let weight_step = weight_step(&weights, precision);
        let weights: Vec<i8> = weights.iter().map(|&w| nearest(w, weight_step, precision)).collect();
        let step = weight_step * input.step;
        let sum: i32 = weights.iter().map(|&w| i32::from(w)).sum();
        let bias = f64::from(layer.bias[row]) / step - f64::from(input.zero_point) * f64::from(sum);
        let limit = f64::from(MAX_BIAS);
        Self { weights, bias: bias.round().clamp(-limit, limit) as i32, step }
    }
}

/// The step of a row's weights that loses least on them: the one that reaches the largest, or a smaller one that cuts
/// some of them off.
fn weight_step(weights: &[f64], precision: Precision) -> f64 {
    let largest = weights.iter().fold(f64::from(f32::MIN_POSITIVE), |max, w| max.max(w.abs()));
    let whole = largest / f64::from(precision.largest());
    let loss =
        |step: f64| weights.iter().map(|&w| (f64::from(nearest(w, step, precision)) * step - w).powi(2)).sum::<f64>();
    let candidates = (0..CLIPPINGS).map(|i| whole * (1.0 - f64::from(i) / f64::from(2 * CLIPPINGS)));
    candidates.min_by(|&a, &b| loss(a).total_cmp(&loss(b))).expect("some candidates")
}

/// The number of steps that is nearest to `weight`.
fn nearest(weight: f64, step: f64, precision: Precision) -> i8 {
    let largest = f64::from(precision.largest());
    (weight / step).round().clamp(-largest - 1.0, largest) as i8
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

    /// How far the pixels of `generator` in integers are from those in floats, in the mean.
    fn difference(generator: &Generator, precisions: [Precision; 2]) -> f64 {
        let file = ModelFile::new(&quantise(generator, precisions, origin()).unwrap());
        let model = file.model().unwrap();
        let pictures = crate::float::pictures(generator, 1000..1100);
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
    fn the_step_of_a_row_cuts_a_stray_weight_off_where_that_loses_less() {
        let mut weights: Vec<f64> = (0..200).map(|i| f64::from(i % 15 - 7) / 7.0).collect();
        assert!((weight_step(&weights, Precision::Int4) - 1.0 / 7.0).abs() < 1e-9);
        weights[0] = -1.9;
        let step = weight_step(&weights, Precision::Int4);
        assert!(step < 1.2 / 7.0, "{step}");
        assert_eq!(nearest(-1.9, step, Precision::Int4), -8);
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
        let file =
            ModelFile::new(&quantise(&bytemuck::zeroed_box(), [Precision::Int4, Precision::Int8], origin()).unwrap());
        let mut picture = [0; PIXELS];
        file.model().unwrap().draw(&Latent::of_picture(0), &mut picture);
        assert_eq!(picture, [128; PIXELS]);
    }
}
