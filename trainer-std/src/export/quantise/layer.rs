//! A layer in integers: its rows, and the shifts that all of them share.
//!
//! The rule of inference (core's `model/integer.rs`) gives a layer one `pre_shift`, which brings the sums of all rows to 16
//! bits, and one `post_shift` for the products with the rows' multipliers. A row whose sum is large in units of its own step,
//! such as a pruned one with nothing but a bias, would need a shift that leaves nothing of the other rows; one whose step is
//! tiny, a multiplier that rounds to 0. Such rows get a larger step than their weights ask for.

use pocketgan_core::infer::integer::{Precision, layout};
use pocketgan_core::infer::model::{MAX_MULTIPLIER, Quantisation, Requantise};
use pocketgan_core::nn::network::{Activation, Layer};
use rayon::prelude::*;

use super::activation_scale::ActivationScale;
use super::folding::OwnedLayer;
use super::row::{Inputs, Rounding, Row, column};

/// Room above the largest sum of the calibration pictures.
const HEADROOM: f64 = 1.5;
/// Beyond this argument of tanh a pixel is black or white.
const TANH_RANGE: f64 = 4.0;
/// Largest ratio of the steps of two rows of a layer: the smallest multiplier still has five bits.
const MAX_STEP_RATIO: f64 = 1024.0;

/// A layer in integers.
pub(super) struct IntegerLayer {
    pub(super) quantisation: Quantisation,
    /// The same function in floats, with the rounded weights.
    pub(super) layer: OwnedLayer,
    /// Packed in the order of the kernels.
    kernel: Vec<u32>,
    bias: Vec<i32>,
    multipliers: Vec<u16>,
}

impl IntegerLayer {
    /// Quantises `layer` by `rounding`. `sums` are its float sums over the calibration pictures, `[rows][outputs]`.
    pub(super) fn new(
        layer: &OwnedLayer,
        rounding: &impl Rounding,
        inputs: &Inputs<'_>,
        output: &ActivationScale,
        sums: &[f32],
    ) -> Self {
        let activation = layer.shape.activation;
        let range = if activation == Activation::Tanh { TANH_RANGE } else { f64::INFINITY };
        let precision = rounding.precision();
        let rows = rows(layer, rounding, inputs, sums, range);
        let pre_shift = pre_shift(rows.iter().map(|row| row.range(range) / row.step).fold(0.0, f64::max));
        let ratios: Vec<f64> = rows.iter().map(|row| row.step / output.step * f64::from(1_u32 << pre_shift)).collect();
        let quantisation =
            |post_shift| Quantisation { precision, pre_shift, post_shift, zero_point: output.zero_point };
        let fits = |post_shift| Requantise::new(quantisation(post_shift), activation).is_some();
        let post_shift = post_shift(ratios.iter().copied().fold(0.0, f64::max), fits);
        Self {
            quantisation: quantisation(post_shift),
            layer: as_floats(&layer.shape, &rows, &inputs.scale),
            kernel: packed(&layer.shape, precision, &rows),
            bias: rows.iter().map(|row| row.bias).collect(),
            multipliers: ratios.iter().map(|&ratio| multiplier(ratio, post_shift)).collect(),
        }
    }

    /// Kernel, biases and multipliers as they stand in a model file.
    pub(super) fn sections(&self) -> [Vec<u8>; 3] {
        [
            bytemuck::cast_slice(&self.kernel).to_vec(),
            bytemuck::cast_slice(&self.bias).to_vec(),
            bytemuck::cast_slice(&self.multipliers).to_vec(),
        ]
    }
}

impl Row {
    /// The largest magnitude of the sum that has to be represented; sums beyond `limit` make no difference.
    fn range(&self, limit: f64) -> f64 {
        (HEADROOM * self.largest).min(limit)
    }

    /// The smallest step with which the row fits into a layer whose largest step is `largest_step`.
    fn min_step(&self, limit: f64, max_sum: f64, largest_step: f64) -> f64 {
        (self.range(limit) / max_sum).max(largest_step / MAX_STEP_RATIO)
    }
}

/// The rows of `layer`, with steps that fit into one layer. Sums beyond `limit` make no difference.
fn rows(layer: &OwnedLayer, rounding: &impl Rounding, inputs: &Inputs<'_>, sums: &[f32], limit: f64) -> Vec<Row> {
    let outputs = layer.shape.outputs;
    let row = |row: usize, min_step: f64| {
        let sums: Vec<f32> = column(sums, outputs, row).collect();
        let rounded = rounding.round(layer, row, inputs, &sums, min_step / inputs.scale.step);
        Row::new(rounded, &inputs.scale, &sums)
    };
    let mut rows: Vec<Row> = (0..outputs).into_par_iter().map(|index| row(index, 0.0)).collect();
    let largest_step = rows.iter().map(|row| row.step).fold(0.0, f64::max);
    let max_sum = max_sum(rounding.precision(), layer.shape.inputs);
    rows.par_iter_mut().enumerate().for_each(|(index, fitted)| {
        let min_step = fitted.min_step(limit, max_sum, largest_step);
        if fitted.step < min_step {
            *fitted = row(index, min_step);
        }
    });
    rows
}

/// Largest integer sum that a row may have: half of what its products can reach. Rows that are not mostly bias stay far below.
fn max_sum(precision: Precision, inputs: usize) -> f64 {
    f64::from(precision.largest()) * 255.0 * inputs as f64 / 2.0
}

/// The weights of `rows` in the order of the kernels.
fn packed(shape: &Layer, precision: Precision, rows: &[Row]) -> Vec<u32> {
    let weights: Vec<i8> = rows.iter().flat_map(|row| row.weights.iter().copied()).collect();
    let mut kernel = vec![0; layout::words(precision, shape.outputs, shape.inputs)];
    layout::pack(precision, &weights, shape.inputs, &mut kernel);
    kernel
}

/// The layer of floats that computes what rows of integers do.
fn as_floats(shape: &Layer, rows: &[Row], input: &ActivationScale) -> OwnedLayer {
    let weight = |index: usize, row: &Row| (f64::from(row.weights[index]) * row.step / input.step) as f32;
    let bias = |row: &Row| {
        let zero = row.weights.iter().map(|&w| i32::from(w)).sum::<i32>() * i32::from(input.zero_point);
        (f64::from(row.bias + zero) * row.step) as f32
    };
    OwnedLayer {
        shape: *shape,
        kernel: (0..shape.inputs).flat_map(|i| rows.iter().map(move |row| weight(i, row))).collect(),
        bias: rows.iter().map(bias).collect(),
    }
}

/// The fewest bits to shift `largest` right by for it to fit into 16 bits with its sign.
fn pre_shift(largest: f64) -> u8 {
    (0..31).find(|&shift| largest / f64::from(1_u32 << shift) <= 32_767.0).unwrap_or(31)
}

/// The most bits by which `largest` can be shifted left and still be a multiplier.
fn post_shift(largest: f64, fits: impl Fn(u8) -> bool) -> u8 {
    let has_room = |shift: u8| largest * f64::from(1_u32 << shift) < f64::from(MAX_MULTIPLIER);
    (1..=30).rev().find(|&shift| has_room(shift) && fits(shift)).unwrap_or(1)
}

/// The multiplier that stands for `ratio`.
fn multiplier(ratio: f64, post_shift: u8) -> u16 {
    (ratio * f64::from(1_u32 << post_shift)).round().min(f64::from(MAX_MULTIPLIER)) as u16
}
