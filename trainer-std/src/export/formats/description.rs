//! The description of a network in files for other programs: JSON for people and for `import`.

use anyhow::{Context, Result, ensure};
use pocketgan_core::nn::activation::LEAK;
use pocketgan_core::nn::network::{Activation, Layer};
use serde::{Deserialize, Serialize};

use super::NetworkName;
use crate::export::metadata::Metadata;

/// A network's shape, and where its weights come from.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) network: NetworkName,
    layers: Vec<Shape>,
    /// Slope of the leaky ReLU below zero.
    leak: f32,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Shape {
    inputs: usize,
    outputs: usize,
    activation: Activation,
}

impl Description {
    pub(super) fn new(network: NetworkName, layers: &[Layer], metadata: Metadata) -> Self {
        Self { network, layers: layers.iter().map(Shape::of).collect(), leak: LEAK, metadata }
    }

    pub(super) fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// Parses `json`, which must describe `network` with these layers.
    pub(super) fn parse(json: &str, network: NetworkName, layers: &[Layer]) -> Result<Self> {
        let found: Self = serde_json::from_str(json).context("its description is malformed")?;
        let (wanted, given) = (network.as_str(), found.network.as_str());
        ensure!(found.network == network, "it holds a {given}, not a {wanted}");
        let same_layers = found.layers.iter().eq(&layers.iter().map(Shape::of).collect::<Vec<_>>());
        ensure!(same_layers, "its layers or activations are not those of the {wanted}");
        ensure!(found.leak == LEAK, "its leaky ReLU has slope {} below zero, not {LEAK}", found.leak);
        Ok(found)
    }
}

impl Shape {
    fn of(layer: &Layer) -> Self {
        Self { inputs: layer.inputs, outputs: layer.outputs, activation: layer.activation }
    }
}
