//! What can be wrong with a model file.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Why a file is not a model that can be drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ModelError {
    /// It does not begin as a model file does.
    NotAModel,
    /// It has a form that this program does not know.
    Version {
        /// The form that this program reads.
        expected: u16,
        /// The file's.
        got: u16,
    },
    /// It is cut short, or something is behind its end.
    Length {
        /// Bytes that the file says it has (or that the shortest file would have).
        expected: u32,
        /// Bytes there are.
        got: u32,
    },
    /// Some of its bytes have changed.
    Checksum {
        /// CRC-32 at the file's end.
        expected: u32,
        /// CRC-32 of what is before it.
        got: u32,
    },
    /// Its header cannot be read, or does not fit between the file's first and last bytes.
    Header,
    /// Its table has more than 16 seeds of a digit, or (where one is made) not as many as it says.
    Digits,
    /// Its layers are not those of a generator: from a latent to a picture, each beginning as wide as the last ended.
    Layers,
    /// A number in it is out of its range.
    Range {
        /// The layer, counted from 0.
        layer: u8,
    },
    /// A layer of integers is not as wide as its kernels need it.
    Groups {
        /// The layer, counted from 0.
        layer: u8,
    },
    /// Its weights are floats, and integers are asked for.
    Floats,
    /// Some of its layers are of floats, others of integers.
    Kinds,
    /// It does not begin on a multiple of 4 bytes in memory.
    Misaligned,
    /// The memory to write it to is of another size than the file.
    Room {
        /// Bytes of the file.
        expected: u32,
        /// Bytes there are.
        got: u32,
    },
    /// A part to be written is not as long as the header says.
    PartLength {
        /// The part, counted from 0.
        part: u8,
    },
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Numbers of every width are written as u32: a device's flash has room for one such function, not for three.
        match *self {
            Self::NotAModel => write!(f, "this is not a pocketgan model file"),
            Self::Version { expected, got } => {
                let (expected, got) = (u32::from(expected), u32::from(got));
                write!(f, "model format {got} is not known here; export the model anew, in format {expected}")
            }
            Self::Length { expected, got } => write!(f, "{got} bytes where the model has {expected}"),
            Self::Checksum { expected, got } => {
                write!(f, "damaged model: its checksum is {got:08x}, {expected:08x} was written")
            }
            Self::Header => write!(f, "the model's header cannot be read"),
            Self::Digits => write!(f, "the model's table of digits has too many seeds"),
            Self::Layers => write!(f, "the model's layers do not lead from a latent to a picture"),
            Self::Range { layer } => {
                write!(f, "a number of the model's layer {} is out of its range", u32::from(layer))
            }
            Self::Groups { layer } => write!(
                f,
                "the model's layer {} is not a multiple of 4 wide where it begins and of 8 where it ends",
                u32::from(layer)
            ),
            Self::Floats => write!(f, "the model's weights are floats, integers are needed here"),
            Self::Kinds => write!(f, "the model has layers of floats and layers of integers"),
            Self::Misaligned => write!(f, "the model does not begin on a multiple of 4 bytes in memory"),
            Self::Room { expected, got } => write!(f, "{got} bytes of memory for a model of {expected}"),
            Self::PartLength { part } => {
                write!(f, "part {} of the model is not as long as its header says", u32::from(part))
            }
        }
    }
}

impl core::error::Error for ModelError {}
