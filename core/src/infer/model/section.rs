//! The sections of a model file that hold its weights.

use core::fmt;

use super::header::{Header, LayerHeader, Quantisation};

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// `f32[inputs][outputs]`, or integers in the [order of the kernels](crate::infer::integer::layout).
    Kernel,
    /// `f32[outputs]`, or `i32[outputs]`.
    Bias,
    /// `u16[outputs]`, one for each row of an integer layer.
    Multipliers,
}

impl fmt::Display for SectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kernel => "kernel",
            Self::Bias => "bias",
            Self::Multipliers => "multipliers",
        })
    }
}

/// One section of a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Index of the layer it belongs to.
    pub layer: usize,
    /// What it holds.
    pub kind: SectionKind,
    /// Its length in bytes, without padding.
    pub len: usize,
}

impl Header {
    /// The sections of the file, in order.
    pub fn sections(&self) -> impl Iterator<Item = Section> {
        self.layers.iter().enumerate().flat_map(|(index, layer)| sections_of(layer, index))
    }
}

/// The sections of the layer with this index.
fn sections_of(header: &LayerHeader, layer: usize) -> impl Iterator<Item = Section> + use<> {
    let (inputs, outputs) = (usize::from(header.inputs), usize::from(header.outputs));
    let lengths = match header.quantisation {
        None => [4 * inputs * outputs, 4 * outputs, 0],
        Some(Quantisation { precision, .. }) => [inputs * outputs * precision.bits() / 8, 4 * outputs, 2 * outputs],
    };
    let kinds = [SectionKind::Kernel, SectionKind::Bias, SectionKind::Multipliers];
    let count = if header.quantisation.is_some() { 3 } else { 2 };
    kinds.into_iter().zip(lengths).take(count).map(move |(kind, len)| Section { layer, kind, len })
}
