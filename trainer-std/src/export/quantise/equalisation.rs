//! Cross-layer equalisation (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction"):
//! all units of a hidden layer get the same range, so that the layer's one 8-bit scale fits each of them.
//!
//! Leaky ReLU commutes with positive factors. So a unit's weights and bias can be divided by its range, and the next layer's
//! weights for it multiplied by that: the network computes the same. A row's own scale costs nothing in integers, because
//! each row has its own multiplier.

use pocketgan_core::nn::network::Activation;

use super::activation_scale::ActivationScale;
use super::folding::OwnedLayer;
use crate::export::float::forward;

/// The share of a layer's range below zero is at most about this, relative to that above zero. All units have one scale, so
/// a unit that is always negative must not fill it.
const NEGATIVE_SHARE: f32 = 0.1;
/// Sums of a pixel beyond this are scaled down to it: tanh is saturated except near zero, and the layer's multipliers stay
/// within few orders of magnitude.
const MAX_PIXEL_SUM: f32 = 512.0;

/// `layers` with the outputs of each hidden layer scaled to the same range over `latents`, `[rows][inputs]`, and the sums of
/// the last limited to [`MAX_PIXEL_SUM`]. With `keeps_grid`, the inputs of the last layer keep their scale, so that the
/// weights of an output remain multiples of one step.
pub(crate) fn equalised(mut layers: Vec<OwnedLayer>, latents: &[f32], keeps_grid: bool) -> Vec<OwnedLayer> {
    let (mut x, count) = (latents.to_vec(), layers.len());
    for next in 1..count {
        let (before, after) = layers.split_at_mut(next);
        let (layer, after) = (&mut before[next - 1], &mut after[0]);
        x = forward(layer.view(layer.shape.activation), &x);
        if keeps_grid && next + 1 == count {
            continue;
        }
        let ranges = per_column(&x, layer.shape.outputs, range);
        let factors: Vec<f32> = ranges.iter().map(|range| if *range == 0.0 { 1.0 } else { *range }).collect();
        divide_columns([&mut layer.kernel, &mut layer.bias, &mut x], &factors);
        // A unit that is always zero contributes nothing, whatever its outgoing weights.
        for (row, range) in after.kernel.chunks_mut(after.shape.outputs).zip(&ranges) {
            row.iter_mut().for_each(|weight| *weight *= range);
        }
    }
    if let Some(last) = layers.last_mut() {
        limit_sums(last, &x);
    }
    layers
}

/// Scales rows of `layer` down whose sums for inputs `x` exceed [`MAX_PIXEL_SUM`].
fn limit_sums(layer: &mut OwnedLayer, x: &[f32]) {
    let sums = forward(layer.view(Activation::Linear), x);
    let excess = |sums: &[f32]| (largest(sums) / MAX_PIXEL_SUM).max(1.0);
    let factors = per_column(&sums, layer.shape.outputs, excess);
    divide_columns([&mut layer.kernel, &mut layer.bias], &factors);
}

/// The range of a unit with these outputs; 0 if they are all zero.
fn range(outputs: &[f32]) -> f32 {
    if largest(outputs) == 0.0 {
        return 0.0;
    }
    let lowest = outputs.iter().copied().fold(0.0, f32::min);
    let range = (ActivationScale::of(outputs).highest() as f32).max(-lowest / NEGATIVE_SHARE);
    // Dividing by less would overflow.
    range.max(f32::MIN_POSITIVE)
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

/// `of` of each column of `values`, `[rows][columns]`.
fn per_column(values: &[f32], columns: usize, of: impl Fn(&[f32]) -> f32) -> Vec<f32> {
    let column = |column: usize| values.iter().skip(column).step_by(columns).copied().collect::<Vec<f32>>();
    (0..columns).map(|index| of(&column(index))).collect()
}

/// Divides the columns of each of `matrices` by `factors`, of which there is one per column.
fn divide_columns<const N: usize>(matrices: [&mut Vec<f32>; N], factors: &[f32]) {
    for row in matrices.into_iter().flat_map(|rows| rows.chunks_mut(factors.len())) {
        row.iter_mut().zip(factors).for_each(|(value, factor)| *value /= factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::float::rows_of;
    use crate::export::quantise::folding::folded;
    use crate::export::quantise::folding::tests::generator;
    use pocketgan_core::infer::latent::Latent;

    fn outputs_of(layers: &[OwnedLayer], latents: &[f32]) -> Vec<f32> {
        layers.iter().fold(latents.to_vec(), |x, layer| forward(layer.view(layer.shape.activation), &x))
    }

    fn latents() -> Vec<f32> {
        rows_of(&(0..256).map(Latent::of_picture).collect::<Vec<_>>())
    }

    #[test]
    fn the_pictures_stay_the_same() {
        let (layers, latents) = (folded(&generator()), latents());
        let before = outputs_of(&layers, &latents);
        let after = outputs_of(&equalised(layers, &latents, false), &latents);
        assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn all_units_of_a_layer_get_the_same_range() {
        let mut layers = folded(&generator());
        let width = layers[0].shape.outputs;
        layers[0].kernel.iter_mut().step_by(width).for_each(|w| *w *= 1000.0);
        let latents = latents();
        let layers = equalised(layers, &latents, false);
        let y = forward(layers[0].view(Activation::LeakyRelu), &latents);
        let highest = |unit: usize| y.iter().skip(unit).step_by(width).copied().fold(0.0, f32::max);
        assert!((0..width).all(|unit| (0.95..2.6).contains(&highest(unit)) || highest(unit) == 0.0));
    }

    #[test]
    fn a_unit_that_is_never_positive_gets_the_negative_share_of_the_range() {
        let mut layers = folded(&generator());
        let width = layers[0].shape.outputs;
        layers[0].kernel.iter_mut().step_by(width).for_each(|w| *w = 0.0);
        layers[0].bias[0] = -5.0;
        let latents = latents();
        let layers = equalised(layers, &latents, false);
        let y = forward(layers[0].view(Activation::LeakyRelu), &latents);
        assert!((y[0] + NEGATIVE_SHARE).abs() < 1e-6, "{}", y[0]);
    }

    #[test]
    fn a_unit_that_is_always_zero_loses_its_outgoing_weights() {
        let mut layers = folded(&generator());
        let width = layers[0].shape.outputs;
        layers[0].kernel.iter_mut().step_by(width).for_each(|w| *w = 0.0);
        layers[0].bias[0] = 0.0;
        let layers = equalised(layers, &latents(), false);
        assert_eq!(layers[0].bias[0], 0.0);
        assert!(layers[1].kernel[..layers[1].shape.outputs].iter().all(|&weight| weight == 0.0));
    }

    #[test]
    fn sums_of_pixels_are_limited_where_tanh_is_saturated() {
        let mut layers = folded(&generator());
        layers[3].kernel.iter_mut().step_by(784).for_each(|weight| *weight *= 1e20);
        let latents = latents();
        let before = outputs_of(&layers, &latents);
        let after = outputs_of(&equalised(layers, &latents, false), &latents);
        let far = before.iter().zip(&after).filter(|(a, b)| (*a - *b).abs() > 0.01).count();
        assert!(far <= 8, "{far} of {} pixels differ", before.len());
    }
}
