//! Why a device did not do what was requested.

use core::fmt;

use serde::{Deserialize, Serialize};

use pocketgan_core::infer::model::ModelError;

use crate::version::PROTOCOL;

/// Why a device did not do what was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceError {
    /// It implements another version of the messages.
    Protocol {
        /// The version that it implements.
        supported: u16,
    },
    /// The bytes between two delimiters were not a valid frame.
    Damaged,
    /// There were more bytes between two delimiters than the longest frame has.
    Overlong,
    /// The frame was valid, but its message is not a request of this version.
    UnknownRequest,
    /// It has no display.
    NoDisplay,
    /// It has no counter of cycles or instructions.
    NoCounter,
    /// A morph needs at least two pictures.
    TooFewFrames,
    /// The model file does not fit its RAM.
    ModelTooLarge {
        /// Length in bytes of the largest file that does.
        capacity: u32,
    },
    /// No upload was begun, or its model is in use already.
    NoUpload,
    /// The chunk begins after the bytes received so far, or reaches past the end of the file.
    WrongOffset {
        /// Bytes received.
        received: u32,
        /// Length of the file in bytes.
        len: u32,
    },
    /// The model file was not received to its end.
    Incomplete {
        /// Bytes received.
        received: u32,
        /// Length of the file in bytes.
        len: u32,
    },
    /// The model file is not the one that was announced.
    WrongChecksum {
        /// The announced CRC-32.
        expected: u32,
        /// The CRC-32 of the file.
        got: u32,
    },
    /// The model is not valid.
    Model(ModelError),
    /// The model has no seed for the digit.
    NoSeed {
        /// The digit.
        digit: u8,
    },
    /// The model has no class of this number.
    NoClass {
        /// The class.
        class: u8,
    },
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Protocol { supported } => {
                write!(f, "it implements version {supported} of the protocol, not {}", PROTOCOL)
            }
            Self::Damaged => write!(f, "it received a damaged message"),
            Self::Overlong => write!(f, "it received more bytes than the longest message has"),
            Self::UnknownRequest => write!(f, "it does not know this request"),
            Self::NoDisplay => write!(f, "it has no display"),
            Self::NoCounter => write!(f, "it has no counter of cycles or instructions"),
            Self::TooFewFrames => write!(f, "a morph needs at least 2 pictures"),
            Self::ModelTooLarge { capacity } => write!(f, "it has RAM for a model of at most {capacity} bytes"),
            Self::NoUpload => write!(f, "it has received no model (was it reset?)"),
            Self::WrongOffset { received, len } => {
                write!(f, "a chunk of the model does not follow the {received} of {len} bytes that it has received")
            }
            Self::Incomplete { received, len } => {
                write!(f, "it has received only {received} of the model's {len} bytes")
            }
            Self::WrongChecksum { expected, got } => {
                write!(f, "it received a model with checksum {got:08x} instead of {expected:08x}")
            }
            Self::Model(error) => write!(f, "its model is not valid: {error}"),
            Self::NoSeed { digit } => write!(f, "its model has no seed for the digit {digit}"),
            Self::NoClass { class } => write!(f, "its model has no class of number {class}"),
        }
    }
}

impl core::error::Error for DeviceError {}
