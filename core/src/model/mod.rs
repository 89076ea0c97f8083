//! Model files: a trained generator, and how a picture is drawn from it without copying it.
//!
//! [`Model::parse`] looks a file over once and borrows its weights where they are (a microcontroller's flash, a PC's
//! memory). After that nothing can fail: drawing neither checks nor panics.

mod error;
mod float;
pub mod format;
mod header;
mod int8;
#[cfg(test)]
mod tests;

pub use error::ModelError;
pub use float::FloatGenerator;
pub use header::{Header, Kind, LayerHeader, Origin, Part, PartKind, Requantise};
pub use int8::{
    Int8Generator, LATENT_BITS, LEAK_FRACTION_BITS, LEAK_MULTIPLIER, MAX_BIAS, TANH_FRACTION_BITS, requantise,
    tanh_pixel,
};

use crate::latent::Latent;
use crate::picture::Picture;

/// A model file that was looked over, its weights borrowed in place.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    header: Header,
    generator: Generator<'a>,
    checksum: u32,
}

#[derive(Clone, Debug)]
enum Generator<'a> {
    Float(FloatGenerator<'a>),
    Int8(Int8Generator<'a>),
}

impl<'a> Model<'a> {
    /// Looks `file` over: form, checksum, header, and whether its layers make a generator.
    ///
    /// `file` must lie on a multiple of 4 bytes (`#[repr(align(4))]` round `include_bytes!`).
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(file: &'a [u8]) -> Result<Self, ModelError> {
        let format::Frame { header, checksum } = format::open(file)?;
        let generator = match header.kind {
            Kind::F32 => Generator::Float(FloatGenerator::borrow(&header, file)?),
            Kind::Int8 => Generator::Int8(Int8Generator::borrow(&header, file)?),
        };
        Ok(Self { header, generator, checksum })
    }

    /// What the file says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The file's CRC-32.
    pub fn checksum(&self) -> u32 {
        self.checksum
    }

    /// The generator as int8, if the file is of that kind. A device that draws only from such files goes through this,
    /// and the code for the other kinds stays out of its flash.
    ///
    /// # Errors
    /// [`ModelError::Kind`] if the file is of another kind.
    pub fn int8(&self) -> Result<&Int8Generator<'a>, ModelError> {
        match &self.generator {
            Generator::Int8(generator) => Ok(generator),
            Generator::Float(_) => Err(ModelError::Kind { expected: Kind::Int8, got: self.header.kind }),
        }
    }

    /// Draws the picture of `latent`. The same file gives the same bytes on every machine.
    pub fn draw(&self, latent: &Latent, picture: &mut Picture) {
        match &self.generator {
            Generator::Float(generator) => generator.draw(latent, picture),
            Generator::Int8(generator) => generator.draw(latent, picture),
        }
    }
}
