//! Networks in formats of other programs, with float weights: what the formats have in common.

mod description;
pub(crate) mod onnx;
pub(crate) mod safetensors;

use clap::ValueEnum;
use pocketgan_core::nn::network::{Layer, LayerView, Network, PerLayer, layers};
use serde::{Deserialize, Serialize};

use crate::export::metadata::Metadata;
use description::Description;

/// Key of the [`Description`], as JSON, in a file's metadata.
const DESCRIPTION_KEY: &str = "pocketgan";

/// Which of the two networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NetworkName {
    /// From a latent to the pixels of a picture
    Generator,
    /// From the pixels of a picture to the logit of "this is a real image"
    Discriminator,
}

impl NetworkName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Discriminator => "discriminator",
        }
    }
}

/// A network to be encoded.
pub(crate) struct Outgoing<'a> {
    description: Description,
    shapes: &'static [Layer],
    /// Its weights and biases, in the network's order.
    flat: &'a [f32],
}

/// Weights or biases of one layer.
struct Tensor<'a> {
    name: String,
    /// `[inputs][outputs]` or `[outputs]`
    shape: Vec<usize>,
    values: &'a [f32],
}

impl<'a> Outgoing<'a> {
    pub(crate) fn new<N: Network>(name: NetworkName, network: &'a N, metadata: Metadata) -> Self {
        let description = Description::new(name, N::LAYERS, metadata);
        Self { description, shapes: N::LAYERS, flat: network.flat() }
    }

    fn network(&self) -> NetworkName {
        self.description.network
    }

    fn layers(&self) -> PerLayer<LayerView<'a>> {
        layers(self.shapes, self.flat).collect()
    }

    /// Kernel and bias of each layer, in order.
    fn tensors(&self) -> impl Iterator<Item = Tensor<'a>> {
        self.layers().into_iter().enumerate().flat_map(|(index, LayerView { shape, kernel, bias })| {
            let Layer { inputs, outputs, .. } = shape;
            [
                Tensor { name: kernel_name(index), shape: vec![inputs, outputs], values: kernel },
                Tensor { name: bias_name(index), shape: vec![outputs], values: bias },
            ]
        })
    }
}

/// Name of the weights of layer `index`, counted from 0: `[inputs][outputs]`.
fn kernel_name(index: usize) -> String {
    format!("layers.{index}.kernel")
}

/// Name of the biases of layer `index`: `[outputs]`.
fn bias_name(index: usize) -> String {
    format!("layers.{index}.bias")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::metadata::tests::metadata;
    use pocketgan_core::recipe::Discriminator;
    use pocketgan_core::train::initialisation::glorot;

    /// `network` with metadata whose numbers are hard to write in decimal.
    pub(super) fn outgoing<N: Network>(name: NetworkName, network: &N) -> Outgoing<'_> {
        Outgoing::new(name, network, metadata())
    }

    pub(super) fn discriminator() -> Box<Discriminator> {
        let mut discriminator: Box<Discriminator> = bytemuck::zeroed_box();
        glorot(&mut *discriminator, 5, 1);
        discriminator
    }

    #[test]
    fn every_weight_and_bias_is_in_one_tensor_of_the_stated_shape() {
        let discriminator = discriminator();
        let outgoing = outgoing(NetworkName::Discriminator, &*discriminator);
        let tensors: Vec<Tensor<'_>> = outgoing.tensors().collect();
        let names: Vec<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names[..3], ["layers.0.kernel", "layers.0.bias", "layers.1.kernel"]);
        assert!(tensors.iter().all(|tensor| tensor.shape.iter().product::<usize>() == tensor.values.len()));
        let total = tensors.iter().map(|tensor| tensor.values.len()).sum::<usize>();
        assert_eq!(total, Discriminator::LAYERS.iter().map(Layer::parameters).sum::<usize>());
    }
}
