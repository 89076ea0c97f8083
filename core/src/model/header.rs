//! What a model file says of itself.

use core::fmt;

use heapless::{String, Vec};
use serde::{Deserialize, Serialize};

use super::ModelError;
use crate::mlp::PerLayer;
use crate::network::{Activation, MAX_LAYERS};
use crate::recipe::{LATENT, PIXELS};

/// How the weights of a file are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// 32-bit floats, as trained.
    F32,
    /// 8-bit integers with a scale for each row; exact integer arithmetic.
    Int8,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        })
    }
}

/// The header of a model file; postcard's encoding of this struct stands in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// How the weights are kept.
    pub kind: Kind,
    /// The layers, in order.
    pub layers: PerLayer<LayerHeader>,
    /// Where the weights come from.
    pub origin: Origin,
}

/// One layer of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerHeader {
    /// Width of its input.
    pub inputs: u16,
    /// Width of its output.
    pub outputs: u16,
    /// What follows its sums.
    pub activation: Activation,
    /// From sums to outputs, in a model of integers.
    pub requantise: Option<Requantise>,
}

/// From a layer's 32-bit sums to its 8-bit outputs; see [`requantise`](super::requantise).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requantise {
    /// Bits by which a sum is shifted before it is multiplied, 0 to 31.
    pub pre_shift: u8,
    /// Bits by which the product is shifted, 1 to 31.
    pub post_shift: u8,
    /// The output that stands for 0; 0 in the last layer, whose outputs are looked up.
    pub zero_point: i8,
}

/// Where a model's weights come from: enough to train it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Version of the program that trained it.
    pub program: String<16>,
    /// Seed of the training.
    pub seed: u64,
    /// Whole epochs it was trained for.
    pub epochs: u32,
    /// Steps it was trained for.
    pub steps: u64,
    /// Images a step.
    pub batch: u32,
    /// Learning rate of the generator.
    pub learning_rate_g: f32,
    /// Learning rate of the discriminator.
    pub learning_rate_d: f32,
    /// What the discriminator was asked to say of a real image.
    pub real_label: f32,
    /// Updates per batch of real images.
    pub updates_per_batch: u32,
    /// SHA-256 of the (unpacked) file of training images.
    pub data_sha256: [u8; 32],
}

/// What a part of a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// `f32[inputs][outputs]`, or `i8[outputs][inputs]` of -127..=127.
    Kernel,
    /// `f32[outputs]`, or `i32[outputs]`.
    Bias,
    /// `u16[outputs]`: one a row, in a model of integers.
    Multipliers,
}

impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kernel => "kernel",
            Self::Bias => "bias",
            Self::Multipliers => "multipliers",
        })
    }
}

/// One part of a file behind its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The layer it belongs to, counted from 0.
    pub layer: usize,
    /// What it holds.
    pub kind: PartKind,
    /// Its length in bytes.
    pub len: usize,
}

impl Header {
    /// The parts behind the header, in the file's order.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let kind = self.kind;
        self.layers.iter().enumerate().flat_map(move |(layer, shape)| {
            let (inputs, outputs) = (usize::from(shape.inputs), usize::from(shape.outputs));
            let part = move |kind, len| Part { layer, kind, len };
            let parts: Vec<Part, 3> = match kind {
                Kind::F32 => [part(PartKind::Kernel, 4 * inputs * outputs), part(PartKind::Bias, 4 * outputs)]
                    .into_iter()
                    .collect(),
                Kind::Int8 => [
                    part(PartKind::Kernel, inputs * outputs),
                    part(PartKind::Bias, 4 * outputs),
                    part(PartKind::Multipliers, 2 * outputs),
                ]
                .into_iter()
                .collect(),
            };
            parts.into_iter()
        })
    }

    /// That the layers lead from a latent to a picture through layers that `draw` has room for.
    pub(super) fn check_layers(&self, widest: usize) -> Result<(), ModelError> {
        let mut width = LATENT;
        for (index, layer) in self.layers.iter().enumerate() {
            let last = index + 1 == self.layers.len();
            let outputs = usize::from(layer.outputs);
            let fits = if last { outputs == PIXELS } else { (1..=widest).contains(&outputs) };
            let ends_in_tanh = (layer.activation == Activation::Tanh) == last;
            if usize::from(layer.inputs) != width || !fits || !ends_in_tanh {
                return Err(ModelError::Layers);
            }
            width = outputs;
        }
        if self.layers.is_empty() { Err(ModelError::Layers) } else { Ok(()) }
    }
}

const _: () = assert!(MAX_LAYERS < 256, "layers are counted in a byte");
