//! Model files: a trained generator, and how a picture is drawn from it without copying it.
//!
//! [`Model::parse`] looks a file over once and borrows its weights where they are (a microcontroller's flash, a PC's
//! memory). After that nothing can fail: drawing neither checks nor panics.

mod digits;
mod error;
mod float;
pub mod format;
mod header;
mod integer;
mod requantise;
#[cfg(test)]
mod tests;

pub use digits::{DIGITS, DigitCounts, DigitSeeds, MAX_SEEDS};
pub use error::ModelError;
pub use float::FloatGenerator;
pub use header::{Header, Kind, LayerHeader, Origin, Part, PartKind, Quantisation};
pub use integer::{IntegerGenerator, LATENT_BITS, LATENT_ZERO};
pub use requantise::{LEAK_FRACTION_BITS, LEAK_MULTIPLIER, MAX_BIAS, MAX_MULTIPLIER, Requantise, TANH_FRACTION_BITS};

use crate::infer::latent::Latent;
use crate::infer::picture::Picture;

/// A model file that was looked over, its weights borrowed in place.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    header: Header,
    kind: Kind,
    digits: DigitSeeds<'a>,
    generator: Generator<'a>,
    parts_at: usize,
    checksum: u32,
}

#[derive(Clone, Debug)]
enum Generator<'a> {
    Float(FloatGenerator<'a>),
    Integer(IntegerGenerator<'a>),
}

impl<'a> Model<'a> {
    /// Looks `file` over: form, checksum, header, and whether its layers make a generator.
    ///
    /// `file` must lie on a multiple of 4 bytes (`#[repr(align(4))]` round `include_bytes!`).
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(file: &'a [u8]) -> Result<Self, ModelError> {
        let file = format::open(file)?;
        let kind = file.header.kind().ok_or(ModelError::Kinds)?;
        let generator = match kind {
            Kind::F32 => Generator::Float(FloatGenerator::borrow(&file)?),
            Kind::Int8 | Kind::Int4 | Kind::Mixed => Generator::Integer(IntegerGenerator::borrow(&file)?),
        };
        let format::Frame { header, digits, parts_at, checksum, .. } = file;
        Ok(Self { header, kind, digits, generator, parts_at, checksum })
    }

    /// What the file says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The parts of the file, in order, and where each begins.
    pub fn parts(&self) -> impl Iterator<Item = (Part, usize)> {
        format::parts_from(&self.header, self.parts_at)
    }

    /// The file's CRC-32.
    pub fn checksum(&self) -> u32 {
        self.checksum
    }

    /// The seeds that draw each digit, as far as the file tells.
    pub fn digits(&self) -> DigitSeeds<'a> {
        self.digits
    }

    /// How its weights are kept.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The generator of integers, if the file is of such a kind. A device that draws only from such files goes through
    /// this, and the code for floats stays out of its flash.
    ///
    /// # Errors
    /// [`ModelError::Floats`] if the weights are floats.
    pub fn integers(&self) -> Result<&IntegerGenerator<'a>, ModelError> {
        match &self.generator {
            Generator::Integer(generator) => Ok(generator),
            Generator::Float(_) => Err(ModelError::Floats),
        }
    }

    /// Draws the picture of `latent`. The same file gives the same bytes on every machine.
    pub fn draw(&self, latent: &Latent, picture: &mut Picture) {
        match &self.generator {
            Generator::Float(generator) => generator.draw(latent, picture),
            Generator::Integer(generator) => generator.draw(latent, picture),
        }
    }
}
