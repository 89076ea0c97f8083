//! The messages. Their order and that of their fields is their encoding.

use core::fmt;

use heapless::{String, Vec};
use serde::{Deserialize, Serialize};

use pocketgan_core::infer::model::{Kind, Model, ModelError};
use pocketgan_core::nn::network::MAX_LAYERS;
use pocketgan_core::recipe::PIXELS;

/// Most bytes of a picture or a model in one message: seven rows of a picture.
pub const CHUNK: usize = PIXELS / 4;

/// A piece of a picture or of a model file.
pub type Chunk = Vec<u8, CHUNK>;

/// What a host asks of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "there is no allocator, and one message at a time")]
pub enum Request {
    /// The first request: say what you are, if you speak this version. Answered with [`Reply::Hello`].
    Hello {
        /// The host's [`PROTOCOL`](super::PROTOCOL).
        protocol: u16,
    },
    /// Send the picture of a seed: [`Reply::Piece`] several times, then [`Reply::Drawn`].
    Draw {
        /// Seed of the picture.
        seed: u32,
    },
    /// Show the picture of a seed on the display. Answered with [`Reply::Shown`].
    Show {
        /// Seed of the picture.
        seed: u32,
    },
    /// Show a walk from one picture to another on the display. Answered with [`Reply::Shown`] at its end.
    Morph {
        /// Seed of the first picture.
        from: u32,
        /// Seed of the last picture.
        to: u32,
        /// Pictures, the first and the last included; at least 2.
        frames: u16,
    },
    /// Draw a picture and count what that takes. Answered with [`Reply::Measured`].
    Measure {
        /// Seed of the picture.
        seed: u32,
    },
    /// Make room in RAM for a model file; until it is there, draw from flash. Answered with [`Reply::Stored`].
    Begin {
        /// Bytes of the file.
        len: u32,
        /// The file's CRC-32, as its last four bytes say.
        checksum: u32,
    },
    /// Put a piece of the file in its place. Pieces come in order; one may come again. Answered with [`Reply::Stored`].
    Store {
        /// Where the piece begins in the file.
        offset: u32,
        /// The piece.
        bytes: Chunk,
    },
    /// Draw from the model file that was stored. Answered with [`Reply::Using`].
    UseStored,
    /// Draw from the model in flash again. Answered with [`Reply::Using`].
    UseFlash,
    /// Tell the seed that draws a digit. Answered with [`Reply::Seed`].
    Seed {
        /// The digit, 0 to 9.
        digit: u8,
        /// The way to draw it: after the last that the model knows comes the first again.
        variant: u32,
    },
}

/// What a device answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// It was not done.
    Refused(Refusal),
    /// What the device is.
    Hello(Description),
    /// A part of a picture.
    Piece {
        /// Where it begins in the picture.
        offset: u16,
        /// Its pixels.
        bytes: Chunk,
    },
    /// The picture was sent whole.
    Drawn {
        /// CRC-32 of its 784 bytes.
        checksum: u32,
    },
    /// It was shown.
    Shown,
    /// What a picture takes.
    Measured(Measured),
    /// A part of the model file is in its place.
    Stored {
        /// Bytes that are there, from the file's beginning.
        received: u32,
    },
    /// What is drawn from by now.
    Using(ModelSummary),
    /// The seed that draws the digit that was asked for.
    Seed(u32),
}

/// What a device says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The version of messages it speaks.
    pub protocol: u16,
    /// The version of model files it reads.
    pub format: u16,
    /// The version of its program.
    pub program: String<16>,
    /// The board.
    pub board: String<24>,
    /// The model it draws from, or what is wrong with it.
    pub model: Result<ModelSummary, ModelError>,
    /// Bytes of RAM for a model file.
    pub room: u32,
    /// Whether it has a display.
    pub display: bool,
    /// Bytes of stack used at the deepest point so far.
    pub deepest_stack: u32,
}

/// Where a model lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Memory {
    /// In flash, as programmed.
    Flash,
    /// In RAM, as stored over the line.
    Ram,
}

/// Widths from a network's input to its output.
pub type Shape = Vec<u16, { MAX_LAYERS + 1 }>;

/// What there is to know of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Where it lies.
    pub memory: Memory,
    /// How its weights are kept.
    pub kind: Kind,
    /// Widths from the latent to the picture.
    pub shape: Shape,
    /// The file's CRC-32.
    pub checksum: u32,
}

impl ModelSummary {
    /// The summary of a model.
    pub fn of(model: &Model<'_>, memory: Memory) -> Self {
        let header = model.header();
        let first = header.layers.first().map(|layer| layer.inputs);
        let shape = first.into_iter().chain(header.layers.iter().map(|layer| layer.outputs)).collect();
        Self { memory, kind: model.kind(), shape, checksum: model.checksum() }
    }
}

/// Steps of drawing a picture: the latent's way in, then each layer.
pub type Steps = Vec<u32, { MAX_LAYERS + 1 }>;

/// What a device counted while it drew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// What was counted.
    pub unit: Unit,
    /// How many for each step: latent, then the layers in order.
    pub steps: Steps,
}

/// What a device counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Cycles of the processor's clock.
    Cycles,
    /// Instructions, in an emulator that gives each the same time.
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

/// Why a device did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// It speaks another version of the messages.
    Protocol {
        /// The one it speaks.
        speaks: u16,
    },
    /// What came was no whole frame.
    Damaged,
    /// What came was longer than any frame.
    Overlong,
    /// The frame was good, its message is none of this version's.
    Unknown,
    /// It has no display.
    NoDisplay,
    /// It has nothing that counts.
    NoCounter,
    /// A walk needs at least two pictures.
    TooFewFrames,
    /// The model file does not fit its RAM.
    NoRoom {
        /// Bytes that would.
        room: u32,
    },
    /// No model file was begun.
    NothingBegun,
    /// The piece does not follow what is there, or reaches past the file's end.
    WrongPlace {
        /// Bytes that are there.
        received: u32,
        /// Bytes of the file.
        len: u32,
    },
    /// The model file is not there to its end.
    Incomplete {
        /// Bytes that are there.
        received: u32,
        /// Bytes of the file.
        len: u32,
    },
    /// The model file is not the one that was announced.
    WrongFile {
        /// CRC-32 that was announced.
        expected: u32,
        /// CRC-32 of what came.
        got: u32,
    },
    /// The model cannot be drawn from.
    Model(ModelError),
    /// The model has no seed for the digit.
    NoSeed {
        /// The digit.
        digit: u8,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Protocol { speaks } => {
                write!(f, "it speaks version {speaks} of the protocol, not {}", super::PROTOCOL)
            }
            Self::Damaged => write!(f, "what it received was damaged"),
            Self::Overlong => write!(f, "what it received was longer than any message"),
            Self::Unknown => write!(f, "it does not know this request"),
            Self::NoDisplay => write!(f, "it has no display"),
            Self::NoCounter => write!(f, "it has no counter of cycles"),
            Self::TooFewFrames => write!(f, "a walk needs at least 2 pictures"),
            Self::NoRoom { room } => write!(f, "it has {room} bytes of RAM for a model, and this one is larger"),
            Self::NothingBegun => write!(f, "no model was sent to it (was it reset?)"),
            Self::WrongPlace { received, len } => {
                write!(f, "a piece of the model does not follow the {received} of {len} bytes that it has")
            }
            Self::Incomplete { received, len } => write!(f, "it has {received} of the model's {len} bytes"),
            Self::WrongFile { expected, got } => {
                write!(f, "the model it received has checksum {got:08x}, not {expected:08x}")
            }
            Self::Model(error) => write!(f, "its model cannot be drawn from: {error}"),
            Self::NoSeed { digit } => write!(f, "its model has no seed for the digit {digit}"),
        }
    }
}

impl core::error::Error for Refusal {}
