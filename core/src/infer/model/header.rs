//! What a model file says of itself.

use core::fmt;

use heapless::String;
use serde::{Deserialize, Serialize};

use super::ModelError;
use crate::infer::integer::Precision;
use crate::nn::mlp::PerLayer;
use crate::nn::network::{Activation, MAX_LAYERS};
use crate::recipe::{LATENT, PIXELS};

/// How the weights of a model are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// 32-bit floats, as trained.
    F32,
    /// 8-bit integers in all layers, with a scale for each row; exact integer arithmetic.
    Int8,
    /// 4-bit integers in all layers.
    Int4,
    /// 8-bit integers in some layers, 4-bit ones in the others.
    Mixed,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
            Self::Int4 => "int4",
            Self::Mixed => "mixed",
        })
    }
}

/// The header of a model file; postcard's encoding of this struct stands in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
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
    /// How its weights are kept and its sums are brought back to 8 bits, in a model of integers.
    pub quantisation: Option<Quantisation>,
}

/// How a layer is computed in integers; the rule is written down at the head of `model/integer.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantisation {
    /// Bits of a weight.
    pub precision: Precision,
    /// Bits by which a sum is shifted before it is multiplied, 0 to 31.
    pub pre_shift: u8,
    /// Bits by which the product is shifted: from 1 to at most 30, such that products, rounding and zero point fit into
    /// 32 bits together.
    pub post_shift: u8,
    /// The output that stands for 0; without meaning in the last layer, whose outputs are looked up.
    pub zero_point: u8,
}

/// Where a model's weights come from: enough to train it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Version of the program that trained it; empty if that was another program, of which nothing is known.
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
    /// Weight of the [penalty](crate::train::gan::Rules::gradient_penalty) on the discriminator's gradient; 0 if there was none.
    pub gradient_penalty: f32,
    /// The epochs over which the learning rates fell to 0; 0 if they did not.
    pub decay_epochs: u32,
    /// Share of the old average that each step kept, if the weights are an average; 0 if they are as the last step left
    /// them.
    pub ema: f32,
    /// SHA-256 of the (unpacked) file of training images.
    pub data_sha256: [u8; 32],
}

impl Origin {
    /// Where weights come from that another program trained.
    pub fn unknown() -> Self {
        Self {
            program: String::new(),
            seed: 0,
            epochs: 0,
            steps: 0,
            batch: 0,
            learning_rate_g: 0.0,
            learning_rate_d: 0.0,
            real_label: 0.0,
            updates_per_batch: 0,
            gradient_penalty: 0.0,
            decay_epochs: 0,
            ema: 0.0,
            data_sha256: [0; 32],
        }
    }

    /// Whether this is more than [`unknown`](Self::unknown).
    pub fn is_known(&self) -> bool {
        !self.program.is_empty()
    }
}

/// What a part of a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// `f32[inputs][outputs]`, or integers in the [order of the kernels](crate::infer::integer::layout).
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
    /// How the weights are kept; `None` if some layers are of floats and others of integers, which no program draws.
    pub fn kind(&self) -> Option<Kind> {
        let has = |precision| self.layers.iter().any(|layer| layer.quantisation.map(|of| of.precision) == precision);
        match (has(None), has(Some(Precision::Int8)), has(Some(Precision::Int4))) {
            (_, false, false) => Some(Kind::F32),
            (false, true, false) => Some(Kind::Int8),
            (false, false, true) => Some(Kind::Int4),
            (false, true, true) => Some(Kind::Mixed),
            (true, _, _) => None,
        }
    }

    /// The parts behind the header and the table of digits, in the file's order.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        self.layers.iter().enumerate().flat_map(|(index, layer)| layer.parts(index))
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

impl LayerHeader {
    /// The parts of this layer, the `layer`th.
    fn parts(&self, layer: usize) -> impl Iterator<Item = Part> + use<> {
        let (inputs, outputs) = (usize::from(self.inputs), usize::from(self.outputs));
        let lengths = match self.quantisation {
            None => [4 * inputs * outputs, 4 * outputs, 0],
            Some(Quantisation { precision, .. }) => [inputs * outputs * precision.bits() / 8, 4 * outputs, 2 * outputs],
        };
        let kinds = [PartKind::Kernel, PartKind::Bias, PartKind::Multipliers];
        let count = if self.quantisation.is_some() { 3 } else { 2 };
        kinds.into_iter().zip(lengths).take(count).map(move |(kind, len)| Part { layer, kind, len })
    }
}

const _: () = assert!(MAX_LAYERS < 256, "layers are counted in a byte");
