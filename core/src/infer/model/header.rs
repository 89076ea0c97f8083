//! The header of a model file: the shapes of its layers, and how they are quantised.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::ModelError;
use crate::infer::integer::{Precision, WIDEST};
use crate::nn::network::{Activation, MAX_LAYERS, PerLayer};
use crate::recipe::{LATENT, PIXELS};

/// How the weights of a model are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// 32-bit floats, as trained.
    F32,
    /// 8-bit integers in all layers, with one scale per row; inference is exact integer arithmetic.
    Int8,
    /// 4-bit integers in all layers.
    Int4,
    /// 8-bit integers in some layers, 4-bit integers in the others.
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

/// The header of a model file, which holds this struct in postcard's encoding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The layers, in order.
    pub layers: PerLayer<LayerHeader>,
}

/// One layer of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerHeader {
    /// Width of its input.
    pub inputs: u16,
    /// Width of its output.
    pub outputs: u16,
    /// The activation function applied to its sums.
    pub activation: Activation,
    /// How the layer is computed in integers; `None` for a layer of floats.
    pub quantisation: Option<Quantisation>,
}

/// How a layer is computed in integers; `model/integer.rs` specifies the arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantisation {
    /// Bits of a weight.
    pub precision: Precision,
    /// Right shift of a sum before it is multiplied, 0 to 31.
    pub pre_shift: u8,
    /// Right shift of the product, 1 to 30, limited further so that product, rounding and zero point together fit into
    /// 32 bits.
    pub post_shift: u8,
    /// The output that represents 0. Not used in the last layer, whose outputs come from a table.
    pub zero_point: u8,
}

impl Header {
    /// How the weights are stored; `None` for a mixture of float and integer layers, which is not a valid model.
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

    /// Checks that the layers lead from a latent to a picture, none of the hidden ones wider than [`WIDEST`].
    pub(super) fn check_layers(&self) -> Result<(), ModelError> {
        let mut width = LATENT;
        for (index, layer) in self.layers.iter().enumerate() {
            let last = index + 1 == self.layers.len();
            let outputs = usize::from(layer.outputs);
            let fits = if last { outputs == PIXELS } else { (1..=WIDEST).contains(&outputs) };
            let ends_in_tanh = (layer.activation == Activation::Tanh) == last;
            if usize::from(layer.inputs) != width || !fits || !ends_in_tanh {
                return Err(ModelError::Layers);
            }
            width = outputs;
        }
        if self.layers.is_empty() { Err(ModelError::Layers) } else { Ok(()) }
    }
}

const _: () = assert!(MAX_LAYERS < 256, "a layer's index fits into a byte");
