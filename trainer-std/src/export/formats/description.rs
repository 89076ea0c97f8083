//! What a file for other programs says of the network in it, beyond its tensors: JSON for people and for `import`.

use anyhow::{Context, Result, ensure};
use pocketgan_core::infer::model::Origin;
use pocketgan_core::nn::activation::LEAK;
use pocketgan_core::nn::network::{Activation, Layer};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::NetworkName;
use crate::data::{hex, parse_hex};

/// A network's shape, and where its weights come from.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) network: NetworkName,
    layers: Vec<Shape>,
    /// Slope of the leaky ReLU below zero.
    leak: f32,
    #[serde(with = "OriginAsJson")]
    pub(crate) origin: Origin,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Shape {
    inputs: usize,
    outputs: usize,
    activation: Activation,
}

impl Description {
    /// Of a `network` that comes from there.
    pub(crate) fn new(network: NetworkName, origin: Origin) -> Self {
        Self { network, layers: network.shapes().iter().map(Shape::of).collect(), leak: LEAK, origin }
    }

    pub(crate) fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    /// The description that `json` is, which has to be of this program's `network`.
    pub(crate) fn parse(json: &str, network: NetworkName) -> Result<Self> {
        let found: Self = serde_json::from_str(json).context("its description cannot be read")?;
        let (wanted, given) = (network.as_str(), found.network.as_str());
        ensure!(found.network == network, "it holds a {given}, and a {wanted} is wanted");
        let same_layers = found.layers.iter().eq(&network.shapes().iter().map(Shape::of).collect::<Vec<_>>());
        ensure!(same_layers, "the layers or activations it describes are not those of this program's {wanted}");
        ensure!(found.leak == LEAK, "its leaky ReLU falls by {} below zero, and this program's by {LEAK}", found.leak);
        Ok(found)
    }
}

impl Shape {
    fn of(layer: &Layer) -> Self {
        Self { inputs: layer.inputs, outputs: layer.outputs, activation: layer.activation }
    }
}

/// [`Origin`] field by field, with the checksum as people know it.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Origin")]
struct OriginAsJson {
    program: heapless::String<16>,
    seed: u64,
    epochs: u32,
    steps: u64,
    batch: u32,
    learning_rate_g: f32,
    learning_rate_d: f32,
    real_label: f32,
    updates_per_batch: u32,
    gradient_penalty: f32,
    decay_epochs: u32,
    ema: f32,
    #[serde(serialize_with = "write_hex", deserialize_with = "read_hex")]
    data_sha256: [u8; 32],
}

fn write_hex<S: Serializer>(hash: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&hex(hash))
}

fn read_hex<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
    let text = String::deserialize(from)?;
    parse_hex(&text).ok_or_else(|| de::Error::custom("a SHA-256 is 64 hexadecimal digits"))
}
