//! The precision of a model's weights, as an argument.

use clap::ValueEnum;
use pocketgan_core::infer::model::Kind;

/// How a model keeps its weights.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Precision {
    /// 32-bit floats, as trained: 1.1 MB
    F32,
    /// 8-bit integers, exact on every machine: 272 KB
    Int8,
    /// 8-bit integers, and 4-bit ones in the last layer: 171 KB
    Mixed,
    /// 4-bit integers: 140 KB
    Int4,
}

impl From<Precision> for Kind {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Kind::F32,
            Precision::Int8 => Kind::Int8,
            Precision::Mixed => Kind::Mixed,
            Precision::Int4 => Kind::Int4,
        }
    }
}
