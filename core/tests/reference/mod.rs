//! The reference of the gradient tests: a network in f64 by plain loops, and finite differences.

use pocketgan_core::nn::network::{Activation, Layer, Network, layers};

/// Weights of each tensor that are varied.
const VARIED: usize = 5;

pub(crate) fn to_f64(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

/// The outputs of a network for one input.
pub(crate) fn forward(shapes: &[Layer], mut weights: &[f64], input: &[f64]) -> Vec<f64> {
    let mut x = input.to_vec();
    for shape in shapes {
        let Layer { inputs, outputs, activation } = *shape;
        let (layer, rest) = weights.split_at(shape.len());
        let (kernel, bias) = layer[..shape.parameters()].split_at(inputs * outputs);
        weights = rest;
        let mut y = bias.to_vec();
        for (x, row) in x.iter().zip(kernel.chunks_exact(outputs)) {
            y.iter_mut().zip(row).for_each(|(y, w)| *y += x * w);
        }
        x = y
            .into_iter()
            .map(|y| match activation {
                Activation::Linear => y,
                Activation::LeakyRelu => y.max(0.01 * y),
                Activation::Tanh => y.tanh(),
            })
            .collect();
    }
    x
}

/// A weight, by the name of its tensor and its index in the flat weights.
pub(crate) struct Position {
    tensor: String,
    at: usize,
}

/// Some weights of each kernel and each bias.
pub(crate) fn positions<N: Network>(network: &N) -> Vec<Position> {
    let mut start = 0;
    let mut positions = Vec::new();
    for (index, layer) in layers(N::LAYERS, network.flat()).enumerate() {
        for (name, len) in [("kernel", layer.kernel.len()), ("bias", layer.bias.len())] {
            let position =
                |i: usize| Position { tensor: format!("layer {index}'s {name}"), at: start + (i * 7919 + 13) % len };
            positions.extend((0..VARIED.min(len)).map(position));
            start += len;
        }
        start += layer.shape.len() - layer.shape.parameters();
    }
    positions
}

/// Compares `gradients` with central differences of `loss` around `weights`, at some positions.
pub(crate) fn assert_gradients(
    gradients: &[f64],
    positions: &[Position],
    weights: &[f64],
    loss: impl Fn(&[f64]) -> f64,
) {
    const STEP: f64 = 1e-5;
    let largest = gradients.iter().fold(0.0_f64, |max, g| max.max(g.abs()));
    for Position { tensor, at } in positions {
        let offset = |by: f64| {
            let mut weights = weights.to_vec();
            weights[*at] += by;
            loss(&weights)
        };
        let expected = (offset(STEP) - offset(-STEP)) / (2.0 * STEP);
        assert!((gradients[*at] - expected).abs() < 1e-5 * largest, "{tensor}: {} is not {expected}", gradients[*at]);
    }
}
