//! One output's weights and bias as integers.

use nalgebra::DVector;
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

/// A way to round weights.
pub(super) trait Rounding: Sync {
    fn precision(&self) -> Precision;

    /// The weights of output `row` of `layer` as integers. `sums` are its float sums over the calibration pictures; the step
    /// of the weights will be at least `min_step`.
    fn round(&self, layer: &OwnedLayer, row: usize, inputs: &Inputs<'_>, sums: &[f32], min_step: f64) -> PixelWeights;
}

/// Rounding fitted to the calibration pictures.
pub(super) struct Fit(pub(super) Precision);

impl Rounding for Fit {
    fn precision(&self) -> Precision {
        self.0
    }

    fn round(&self, layer: &OwnedLayer, row: usize, inputs: &Inputs<'_>, sums: &[f32], min_step: f64) -> PixelWeights {
        let (gptq, precision) = (&inputs.gptq, self.0);
        let exact = gptq.refit(&exact_weights(layer, row));
        let rounded = gptq.round(&exact, min_step, precision);
        let rounded = rounded.descend(&exact, &gptq.moments, min_step, precision);
        // With 8 bits, all pixels are nearly exact anyway.
        match (layer.shape.activation, precision) {
            (Activation::Tanh, Precision::Int4) => {
                pixel_importance::fit(rounded, &exact, inputs.x, sums, min_step, precision)
            }
            _ => PixelWeights { rounded, mean_sum: mean(sums), means: gptq.moments.means.clone() },
        }
    }
}

impl Row {
    /// The row of weights for inputs of this scale. `sums` are its float sums over the calibration pictures.
    pub(super) fn new(weights: PixelWeights, input: &ActivationScale, sums: &[f32]) -> Self {
        let step = weights.rounded.step * input.step;
        let largest = sums.iter().fold(0.0_f32, |largest, sum| largest.max(sum.abs()));
        Self { bias: bias(&weights, input), step, largest: largest.into(), weights: weights.rounded.weights }
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

/// The float weights of output `row` of `layer`.
pub(super) fn exact_weights(layer: &OwnedLayer, row: usize) -> DVector<f64> {
    column(&layer.kernel, layer.shape.outputs, row).map(f64::from).collect::<Vec<_>>().into()
}

/// Column `column` of `values`, `[rows][columns]`.
pub(super) fn column(values: &[f32], columns: usize, column: usize) -> impl Iterator<Item = f32> {
    values.iter().skip(column).step_by(columns).copied()
}
