//! The weights of 4 bits that training has computed with.

use pocketgan_core::infer::integer::Precision;
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::train::four_bits::round_columns;

use super::folding::OwnedLayer;
use super::gptq::{IntegerWeights, nearest};
use super::pixel_importance::{self, PixelWeights};
use super::row::{Inputs, Rounding, exact_weights};

/// The steps of the weights of each output.
pub(super) struct TrainedGrid(Vec<f32>);

impl TrainedGrid {
    /// `layer` as training has computed with it, and the grid of its weights.
    pub(super) fn of(layer: &OwnedLayer) -> (OwnedLayer, Self) {
        let (mut steps, mut kernel) = (vec![0.0; layer.shape.outputs], vec![0.0; layer.kernel.len()]);
        round_columns(Isa::best(), &layer.kernel, &mut steps, &mut kernel);
        (OwnedLayer { shape: layer.shape, kernel, bias: layer.bias.clone() }, Self(steps))
    }
}

impl Rounding for TrainedGrid {
    fn precision(&self) -> Precision {
        Precision::Int4
    }

    /// Of a layer that is on the grid: its integers, changed only where that compensates errors of the layers before.
    fn round(&self, layer: &OwnedLayer, row: usize, inputs: &Inputs<'_>, sums: &[f32], min_step: f64) -> PixelWeights {
        let step = f64::from(self.0[row]).max(min_step);
        let exact = exact_weights(layer, row);
        let weights = exact.iter().map(|&weight| nearest(weight, step, Precision::Int4)).collect();
        let exact = inputs.gptq.refit(&exact);
        pixel_importance::fit(IntegerWeights { weights, step }, &exact, inputs.x, sums, min_step, Precision::Int4)
    }
}
