//! The messages. Their encoding is the order of the variants and of their fields.

use core::fmt;

use heapless::{String, Vec};
use serde::{Deserialize, Serialize};

use pocketgan_core::infer::model::{Kind, MAX_NAME, Model, ModelError};
use pocketgan_core::nn::network::MAX_LAYERS;
use pocketgan_core::recipe::PIXELS;

use crate::device_error::DeviceError;

/// Most bytes of a picture or a model in one message: seven rows of a picture.
pub const CHUNK: usize = PIXELS / 4;

/// A part of a picture or of a model file.
pub type Chunk = Vec<u8, CHUNK>;

/// A request of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is no allocator, and only one message at a time; on 32-bit targets the lint does not apply"
)]
pub enum Request {
    /// The first request: asks for the description of the device. Answered with [`Reply::Hello`].
    Hello {
        /// The host's [`PROTOCOL`](crate::version::PROTOCOL).
        protocol: u16,
    },
    /// Asks for a picture. Answered with several [`Reply::Pixels`], then [`Reply::Drawn`].
    Draw {
        /// Seed of the picture.
        seed: u32,
    },
    /// Shows a picture on the device's display. Answered with [`Reply::Shown`].
    Show {
        /// Seed of the picture.
        seed: u32,
    },
    /// Shows a morph from one picture to another on the device's display. Answered with [`Reply::Shown`] when it has
    /// ended.
    Morph {
        /// Seed of the first picture.
        from: u32,
        /// Seed of the last picture.
        to: u32,
        /// Number of pictures, the first and the last included; at least 2.
        frames: u16,
    },
    /// Draws a picture and measures what that takes. Answered with [`Reply::Measured`].
    Measure {
        /// Seed of the picture.
        seed: u32,
    },
    /// Begins the upload of a model file into RAM, and draws from flash until it is complete. Answered with
    /// [`Reply::Received`].
    BeginUpload {
        /// Length of the file in bytes.
        len: u32,
        /// The file's CRC-32, which is its last four bytes.
        checksum: u32,
    },
    /// A chunk of the file. Chunks come in order; one may be repeated. Answered with [`Reply::Received`].
    Upload {
        /// Offset of the chunk in the file.
        offset: u32,
        /// The chunk.
        bytes: Chunk,
    },
    /// Draws from the uploaded model from now on. Answered with [`Reply::Using`].
    UseUploaded,
    /// Draws from the model in flash from now on. Answered with [`Reply::Using`].
    UseFlash,
    /// Asks for a seed that draws a digit. Answered with [`Reply::Seed`].
    Seed {
        /// The digit, 0 to 9.
        digit: u8,
        /// Which of the model's seeds for this digit; counts beyond the last start again at the first.
        variant: u32,
    },
    /// Asks for a class of the model. Answered with [`Reply::Class`].
    Class {
        /// Its number, from 0 on.
        class: u8,
    },
}

/// An answer of the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The request was not carried out.
    Error(DeviceError),
    /// The description of the device.
    Hello(Description),
    /// A part of a picture.
    Pixels {
        /// Offset of the first pixel in the picture.
        offset: u16,
        /// The pixels.
        bytes: Chunk,
    },
    /// All of the picture was sent.
    Drawn {
        /// CRC-32 of its 784 bytes.
        checksum: u32,
    },
    /// The picture or morph was shown.
    Shown,
    /// What drawing a picture takes.
    Measured(Measurement),
    /// A part of the model file was received.
    Received {
        /// Bytes received so far, from the beginning of the file.
        received: u32,
    },
    /// The model that is drawn from now.
    Using(ModelSummary),
    /// A seed that draws the requested digit.
    Seed(u32),
    /// The requested class.
    Class(Class),
}

/// A class of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Its name; empty if the classes are digits.
    pub name: String<MAX_NAME>,
    /// The number of seeds that draw it.
    pub seeds: u8,
    /// The number of classes that the model has.
    pub classes: u8,
}

/// The description of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The version of messages that it implements.
    pub protocol: u16,
    /// The newest version of model files that it reads.
    pub format: u16,
    /// The version of its program.
    pub program: String<16>,
    /// The name of its board.
    pub board: String<24>,
    /// The model that it draws from, or why that is not valid.
    pub model: Result<ModelSummary, ModelError>,
    /// Length in bytes of the largest model file that fits its RAM.
    pub capacity: u32,
    /// Whether it has a display.
    pub display: bool,
    /// The most bytes of stack that it has used so far.
    pub peak_stack: u32,
}

/// Where a model is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Memory {
    /// In flash, as programmed.
    Flash,
    /// In RAM, as uploaded.
    Ram,
}

/// The widths of a network's layers, from its input to its output.
pub type Shape = Vec<u16, { MAX_LAYERS + 1 }>;

/// The summary of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Where it is stored.
    pub memory: Memory,
    /// How its weights are stored.
    pub kind: Kind,
    /// Widths from the latent to the picture.
    pub shape: Shape,
    /// The file's CRC-32.
    pub checksum: u32,
}

impl ModelSummary {
    /// The summary of a model that is stored in `memory`.
    pub fn of(model: &Model<'_>, memory: Memory) -> Self {
        let header = model.header();
        let first = header.layers.first().map(|layer| layer.inputs);
        let shape = first.into_iter().chain(header.layers.iter().map(|layer| layer.outputs)).collect();
        Self { memory, kind: model.kind(), shape, checksum: model.checksum() }
    }
}

/// One number for each step of drawing: reading the latent, then each layer.
pub type Steps = Vec<u32, { MAX_LAYERS + 1 }>;

/// What drawing a picture takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was counted.
    pub unit: Unit,
    /// The count for each step.
    pub steps: Steps,
}

/// What a device counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Cycles of the processor's clock.
    Cycles,
    /// Instructions, in an emulator where each takes the same time.
    Instructions,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cycles => "cycles",
            Self::Instructions => "instructions",
        })
    }
}
