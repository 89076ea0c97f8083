//! A generator whose hidden units all reach equally far, so that the 8 bits of a layer serve each of them.
//!
//! A positive factor goes through a leaky ReLU. So the weights of a unit may be divided by what it reaches, if the next
//! layer's weights for it are multiplied by as much: what the generator draws stays the same. In integers each row has a
//! multiplier anyway, so a unit's own scale costs nothing (Nagel et al. 2019 equalise weights in this way).

use super::folding::OwnLayer;
use super::scale::Scale;
use crate::export::float::forward;

/// Of the range of a unit, the part below zero is at most this. It is the same for all units of a layer, so one that is
/// always negative may not have it all.
const BELOW: f32 = 0.1;

/// `layers` with the outputs of each but the last brought to one range on the way of `latents`, `[rows][inputs]`.
pub(crate) fn equalised(mut layers: Vec<OwnLayer>, latents: &[f32]) -> Vec<OwnLayer> {
    let mut x = latents.to_vec();
    for next in 1..layers.len() {
        let (before, after) = layers.split_at_mut(next);
        let (layer, after) = (&mut before[next - 1], &mut after[0]);
        let outputs = layer.shape.outputs;
        x = forward(layer.view(layer.shape.activation), &x);
        let reaches: Vec<f32> = (0..outputs).map(|unit| reach(&x, outputs, unit)).collect();
        for row in [&mut layer.kernel, &mut layer.bias, &mut x].into_iter().flat_map(|rows| rows.chunks_mut(outputs)) {
            row.iter_mut().zip(&reaches).for_each(|(value, reach)| *value /= reach);
        }
        for (row, reach) in after.kernel.chunks_mut(after.shape.outputs).zip(&reaches) {
            row.iter_mut().for_each(|weight| *weight *= reach);
        }
    }
    layers
}

/// How far a unit reaches of those whose outputs are `y`, `[rows][outputs]`; where 8 bits lose less that way, not as far as
/// its largest.
fn reach(y: &[f32], outputs: usize, unit: usize) -> f32 {
    let values: Vec<f32> = y.iter().skip(unit).step_by(outputs).copied().collect();
    let lowest = values.iter().copied().fold(0.0, f32::min);
    let reach = (Scale::of(&values).highest() as f32).max(-lowest / BELOW);
    // Nothing can be said of a unit that gives nothing but zeros.
    if reach.is_normal() { reach } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::float::rows_of;
    use crate::export::quantise::folding::folded;
    use crate::export::quantise::folding::tests::generator;
    use pocketgan_core::infer::latent::Latent;
    use pocketgan_core::nn::network::Activation;

    fn outputs_of(layers: &[OwnLayer], latents: &[f32]) -> Vec<f32> {
        layers.iter().fold(latents.to_vec(), |x, layer| forward(layer.view(layer.shape.activation), &x))
    }

    fn latents() -> Vec<f32> {
        rows_of(&(0..256).map(Latent::of_picture).collect::<Vec<_>>())
    }

    #[test]
    fn pictures_stay_as_they_were() {
        let (layers, latents) = (folded(&generator()), latents());
        let before = outputs_of(&layers, &latents);
        let after = outputs_of(&equalised(layers, &latents), &latents);
        assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn units_of_a_layer_reach_equally_far_whatever_they_reached_before() {
        let mut layers = folded(&generator());
        let width = layers[0].shape.outputs;
        layers[0].kernel.iter_mut().step_by(width).for_each(|w| *w *= 1000.0);
        let latents = latents();
        let layers = equalised(layers, &latents);
        let y = forward(layers[0].view(Activation::LeakyRelu), &latents);
        let largest = |unit: usize| y.iter().skip(unit).step_by(width).copied().fold(0.0, f32::max);
        assert!((0..width).all(|unit| (0.95..2.6).contains(&largest(unit)) || largest(unit) == 0.0));
    }

    #[test]
    fn a_unit_that_is_never_positive_keeps_to_its_share_and_one_of_zeros_stays() {
        let mut layers = folded(&generator());
        let width = layers[0].shape.outputs;
        for unit in [0, 1] {
            layers[0].kernel.iter_mut().skip(unit).step_by(width).for_each(|w| *w = 0.0);
            layers[0].bias[unit] = -5.0 * unit as f32;
        }
        let latents = latents();
        let layers = equalised(layers, &latents);
        let y = forward(layers[0].view(Activation::LeakyRelu), &latents);
        assert_eq!(y[0], 0.0);
        assert!((y[1] + BELOW).abs() < 1e-6, "{}", y[1]);
    }
}
