//! One output's weights and bias as integers.

use pocketgan_core::infer::integer::Precision;
use pocketgan_core::infer::model::MAX_BIAS;
use pocketgan_core::nn::network::Activation;

use super::activation_scale::ActivationScale;
use super::folding::OwnedLayer;
use super::gptq::{Gptq, IntegerWeights};
use super::moments::mean;
use super::pixel_importance::{self, PixelWeights};

/// A layer's inputs over the calibration pictures.
pub(super) struct Inputs<'a> {
    pub(super) scale: ActivationScale,
    /// As the quantised layers before give them, `[rows][inputs]`.
    pub(super) x: &'a [f32],
    pub(super) gptq: Gptq,
}

/// The integers of one output.
pub(super) struct Row {
    pub(super) weights: Vec<i8>,
    pub(super) bias: i32,
    /// What 1 of the row's integer sum stands for.
    pub(super) step: f64,
    /// The largest magnitude of the row's float sums over the calibration pictures.
    pub(super) largest: f64,
}

impl Row {
    /// Row `row` of `layer`. `sums` are its float sums over the calibration pictures; the step of the integer sum will be at
    /// least `min_step`.
    pub(super) fn new(
        layer: &OwnedLayer,
        row: usize,
        precision: Precision,
        inputs: &Inputs<'_>,
        sums: &[f32],
        min_step: f64,
    ) -> Self {
        let gptq = &inputs.gptq;
        let exact =
            gptq.refit(&column(&layer.kernel, layer.shape.outputs, row).map(f64::from).collect::<Vec<_>>().into());
        let min_weight_step = min_step / inputs.scale.step;
        let rounded = gptq.round(&exact, min_weight_step, precision);
        let rounded = rounded.descend(&exact, &gptq.moments, min_weight_step, precision);
        // With 8 bits, all pixels are nearly exact anyway.
        let fitted = match (layer.shape.activation, precision) {
            (Activation::Tanh, Precision::Int4) => {
                pixel_importance::fit(rounded, &exact, inputs.x, sums, min_weight_step, precision)
            }
            _ => PixelWeights { rounded, mean_sum: mean(sums), means: gptq.moments.means.clone() },
        };
        let step = fitted.rounded.step * inputs.scale.step;
        let largest = sums.iter().fold(0.0_f32, |largest, sum| largest.max(sum.abs()));
        Self { bias: bias(&fitted, &inputs.scale), step, largest: largest.into(), weights: fitted.rounded.weights }
    }
}

/// The bias that corrects the mean error of the sum, and includes the zero point of the inputs.
fn bias(fitted: &PixelWeights, input: &ActivationScale) -> i32 {
    let IntegerWeights { step, .. } = fitted.rounded;
    let weights = fitted.rounded.unscaled();
    let zero = f64::from(input.zero_point) * weights.sum();
    let bias = (fitted.mean_sum - step * weights.dot(&fitted.means)) / (step * input.step) - zero;
    let limit = f64::from(MAX_BIAS);
    bias.round().clamp(-limit, limit) as i32
}

/// Column `column` of `values`, `[rows][columns]`.
pub(super) fn column(values: &[f32], columns: usize, column: usize) -> impl Iterator<Item = f32> {
    values.iter().skip(column).step_by(columns).copied()
}
