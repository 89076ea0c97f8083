//! Folding of linear layers: a layer without an activation is multiplied into the next one.

use pocketgan_core::nn::network::{Activation, Layer, LayerView, Network, layers};
use pocketgan_core::recipe::Generator;

/// A layer that owns its weights.
pub(crate) struct OwnedLayer {
    pub(crate) shape: Layer,
    /// `[inputs][outputs]`
    pub(crate) kernel: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

impl OwnedLayer {
    /// The layer, with another activation.
    pub(crate) fn view(&self, activation: Activation) -> LayerView<'_> {
        LayerView { shape: Layer { activation, ..self.shape }, kernel: &self.kernel, bias: &self.bias }
    }

    /// Whether all weights and biases are finite.
    pub(crate) fn is_finite(&self) -> bool {
        self.kernel.iter().chain(&self.bias).all(|value| value.is_finite())
    }
}

/// The generator's layers, each of those without an activation folded into the next.
pub(crate) fn folded(generator: &Generator) -> Vec<OwnedLayer> {
    let mut result: Vec<OwnedLayer> = Vec::new();
    for LayerView { shape, kernel, bias } in layers(Generator::LAYERS, generator.flat()) {
        let layer = OwnedLayer { shape, kernel: kernel.to_vec(), bias: bias.to_vec() };
        match result.pop_if(|before| before.shape.activation == Activation::Linear) {
            Some(before) => result.push(fold(&before, &layer)),
            None => result.push(layer),
        }
    }
    result
}

/// The layer that computes `second` of `first`: `x A B + (a B + b)`.
fn fold(first: &OwnedLayer, second: &OwnedLayer) -> OwnedLayer {
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
    OwnedLayer {
        shape: Layer { inputs: first.shape.inputs, ..second.shape },
        kernel: kernel.map(|(row, column)| row_times_second(row, column) as f32).collect(),
        bias: (0..outputs).map(|column| bias(column) as f32).collect(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::export::float::{forward, rows_of};
    use pocketgan_core::infer::latent::Latent;
    use pocketgan_core::train::initialisation::glorot;

    /// A random generator that resembles a trained one: larger weights than at the start, and biases.
    pub(crate) fn generator() -> Box<Generator> {
        let mut generator: Box<Generator> = bytemuck::zeroed_box();
        glorot(&mut *generator, 5, 0);
        generator.flat_mut().iter_mut().for_each(|w| *w *= 1.6);
        for bias in generator.dense4.bias.iter_mut().chain(&mut generator.dense3.bias) {
            *bias -= 0.1;
        }
        generator
    }

    #[test]
    fn a_folded_layer_has_the_sums_of_the_two() {
        let generator = generator();
        let layers = folded(&generator);
        assert_eq!(layers.len(), 4);
        let x = rows_of(&[Latent::of_picture(1), Latent::of_picture(2)]);
        let separate = layers_of(&generator)[..2].iter().fold(x.clone(), |x, &layer| forward(layer, &x));
        let folded = forward(layers[0].view(Activation::LeakyRelu), &x);
        assert!(folded.iter().zip(&separate).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    fn layers_of(generator: &Generator) -> Vec<LayerView<'_>> {
        layers(Generator::LAYERS, generator.flat()).collect()
    }
}
