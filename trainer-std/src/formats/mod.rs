//! Either network in the formats of other programs, all in floats: what a file tells of it, whatever its form.

mod description;
pub(crate) mod onnx;
pub(crate) mod safetensors;

use clap::ValueEnum;
use pocketgan_core::mlp::PerLayer;
use pocketgan_core::network::{Layer, LayerView, Network, layers};
use pocketgan_core::recipe::{Discriminator, Generator};
use serde::{Deserialize, Serialize};

pub(crate) use description::Description;

/// Under this key of a file's metadata stands its [`Description`], as JSON.
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

    /// Its layers, in order.
    pub(crate) fn shapes(self) -> &'static [Layer] {
        match self {
            Self::Generator => Generator::LAYERS,
            Self::Discriminator => Discriminator::LAYERS,
        }
    }
}

/// A network on its way into a file.
pub(crate) struct Outgoing<'a> {
    pub(crate) description: Description,
    /// Its weights and biases, in the network's own order.
    pub(crate) flat: &'a [f32],
}

/// Weights or biases of one layer.
struct Tensor<'a> {
    name: String,
    /// `[inputs][outputs]` or `[outputs]`
    shape: Vec<usize>,
    values: &'a [f32],
}

impl<'a> Outgoing<'a> {
    fn network(&self) -> NetworkName {
        self.description.network
    }

    fn layers(&self) -> PerLayer<LayerView<'a>> {
        layers(self.network().shapes(), self.flat).collect()
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

/// What layer `index`, counted from 0, calls its weights, `[inputs][outputs]`.
fn kernel_name(index: usize) -> String {
    format!("layers.{index}.kernel")
}

/// What layer `index` calls its biases, `[outputs]`.
fn bias_name(index: usize) -> String {
    format!("layers.{index}.bias")
}
