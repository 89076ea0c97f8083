//! What can be wrong with a model file.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Why a file is not a valid model.
// Sent over the serial line: new variants go to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ModelError {
    /// It does not begin with the magic bytes of a model file.
    NotAModel,
    /// Its format version is not supported.
    Version {
        /// The supported version.
        expected: u16,
        /// The version of the file.
        got: u16,
    },
    /// It is truncated, or bytes were appended.
    Length {
        /// Length in bytes that the file states, or the least length of any model file.
        expected: u32,
        /// Length in bytes of the data.
        got: u32,
    },
    /// Some of its bytes have changed.
    Checksum {
        /// The CRC-32 stored in the file.
        expected: u32,
        /// The CRC-32 of the bytes before it.
        got: u32,
    },
    /// Its header cannot be decoded, or describes more than the file contains.
    Header,
    /// Its table of digit seeds counts more than [`MAX_SEEDS`](super::MAX_SEEDS) for a digit, or (when a table is made)
    /// another number of seeds than there are.
    Digits,
    /// Its layers do not form a generator: from a latent to a picture, each as wide at its input as the last at its output.
    Layers,
    /// A number in it is out of range.
    Range {
        /// Index of the layer.
        layer: u8,
    },
    /// The width of an integer layer is not a multiple of what the kernels process at a time.
    Groups {
        /// Index of the layer.
        layer: u8,
    },
    /// Its weights are floats where integers are required.
    Floats,
    /// It mixes float and integer layers.
    Kinds,
    /// It does not begin on a multiple of 4 bytes in memory.
    Misaligned,
    /// The buffer to encode it into has another length than the file.
    Room {
        /// Length of the file in bytes.
        expected: u32,
        /// Length of the buffer in bytes.
        got: u32,
    },
    /// A section to be encoded does not have the length that the header implies.
    SectionLength {
        /// Index of the section.
        section: u8,
    },
    /// The stated length of its metadata is not that of the bytes between weights and checksum.
    Metadata,
    /// Its class names are not as many as its classes, or one is empty, too long or not UTF-8.
    Names,
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All numbers are formatted as u32, so that a device links one formatting function and not three.
        match *self {
            Self::NotAModel => write!(f, "not a pocketgan model file"),
            Self::Version { expected, got } => {
                let (expected, got) = (u32::from(expected), u32::from(got));
                write!(f, "unsupported model format {got}; export the model again to get format {expected}")
            }
            Self::Length { expected, got } => write!(f, "{got} bytes where the model has {expected}"),
            Self::Checksum { expected, got } => {
                write!(f, "the model is damaged: its checksum is {got:08x}, but {expected:08x} was stored")
            }
            Self::Header => write!(f, "the model's header is invalid"),
            Self::Digits => write!(f, "the model's table of digit seeds is invalid"),
            Self::Layers => write!(f, "the model's layers do not lead from a latent to a picture"),
            Self::Range { layer } => write!(f, "a number in layer {} of the model is out of range", u32::from(layer)),
            Self::Groups { layer } => write!(
                f,
                "layer {} of the model does not have a multiple of 4 inputs and of 8 outputs",
                u32::from(layer)
            ),
            Self::Floats => write!(f, "the model's weights are floats, but integers are required"),
            Self::Kinds => write!(f, "the model mixes float and integer layers"),
            Self::Misaligned => write!(f, "the model does not begin on a multiple of 4 bytes in memory"),
            Self::Room { expected, got } => write!(f, "the buffer has {got} bytes, but the model needs {expected}"),
            Self::SectionLength { section } => {
                write!(f, "section {} of the model has the wrong length", u32::from(section))
            }
            Self::Metadata => write!(f, "the length of the model's metadata is wrong"),
            Self::Names => write!(f, "the names of the model's classes are invalid"),
        }
    }
}

impl core::error::Error for ModelError {}
