//! Model files: a trained generator, and drawing pictures from it without copying it.
//!
//! [`Model::parse`] validates a file once and borrows its weights in place: from a microcontroller's flash, from a PC's
//! memory. Drawing is then infallible.

#[cfg(feature = "test-support")]
pub mod check;
mod description;
mod digits;
mod error;
mod float;
pub mod format;
mod header;
mod include;
mod integer;
mod requantise;
mod section;
#[cfg(test)]
mod tests;

pub use description::Description;
pub use digits::{DIGITS, DigitSeeds, MAX_CLASSES, MAX_NAME, MAX_SEEDS};
pub use error::ModelError;
pub use float::FloatGenerator;
pub use header::{Header, Kind, LayerHeader, Quantisation};
#[doc(hidden)]
pub use include::Aligned;
pub use integer::{IntegerGenerator, LATENT_BITS, LATENT_ZERO};
pub use requantise::{LEAK_FRACTION_BITS, LEAK_MULTIPLIER, MAX_BIAS, MAX_MULTIPLIER, Requantise, TANH_FRACTION_BITS};
pub use section::{Section, SectionKind};

use crate::infer::latent::Latent;
use crate::infer::picture::Picture;

/// A validated model file, its weights borrowed in place.
///
/// ```
/// use pocketgan_core::include_model;
/// use pocketgan_core::infer::{latent::Latent, model::Model};
///
/// static FILE: &[u8] = include_model!(concat!(env!("CARGO_MANIFEST_DIR"), "/../firmware/models/mnist-int4.pgan"));
///
/// let model = Model::parse(FILE)?;
/// // One of the seeds that draw a three; any other seed draws some digit.
/// let seed = model.digits().seed(3, 0).expect("the table has every digit");
/// let mut picture = [0; 784];
/// model.draw(&Latent::of_picture(seed), &mut picture);
/// assert_eq!(picture[0], 0, "the corner is black");
/// # Ok::<(), pocketgan_core::infer::model::ModelError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model<'a> {
    header: Header,
    kind: Kind,
    digits: DigitSeeds<'a>,
    generator: Generator<'a>,
    metadata: &'a [u8],
    sections_at: usize,
    checksum: u32,
}

#[derive(Clone, Debug)]
enum Generator<'a> {
    Float(FloatGenerator<'a>),
    Integer(IntegerGenerator<'a>),
}

impl<'a> Model<'a> {
    /// Validates `file`: framing, checksum, header, and that its layers form a generator.
    ///
    /// `file` must begin on a multiple of 4 bytes in memory, as [`include_model!`](crate::include_model) ensures.
    ///
    /// # Errors
    /// The first thing found wrong with the file:
    ///
    /// ```
    /// # use pocketgan_core::infer::model::{Model, ModelError};
    /// assert_eq!(Model::parse(b"GIF89a").map(|_| ()), Err(ModelError::NotAModel));
    /// ```
    pub fn parse(file: &'a [u8]) -> Result<Self, ModelError> {
        let file = format::open(file)?;
        let kind = file.header.kind().ok_or(ModelError::Kinds)?;
        let generator = match kind {
            Kind::F32 => Generator::Float(FloatGenerator::borrow(&file)?),
            Kind::Int8 | Kind::Int4 | Kind::Mixed => Generator::Integer(IntegerGenerator::borrow(&file)?),
        };
        let format::Frame { header, digits, metadata, sections_at, checksum, .. } = file;
        Ok(Self { header, kind, digits, generator, metadata, sections_at, checksum })
    }

    /// The shapes of the layers, and how they are quantised.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The sections of the file, in order, each with its offset.
    pub fn sections(&self) -> impl Iterator<Item = (Section, usize)> {
        format::sections_from(&self.header, self.sections_at)
    }

    /// Length of the file in bytes.
    pub fn file_len(&self) -> usize {
        format::end_of_sections(&self.header, self.sections_at) + self.metadata.len() + format::CHECKSUM_LEN
    }

    /// Where the weights come from, as the program that wrote the file states it: JSON if that was pocketgan. Not
    /// validated; may be empty.
    pub fn metadata(&self) -> &'a [u8] {
        self.metadata
    }

    /// The CRC-32 stored in the file.
    pub fn checksum(&self) -> u32 {
        self.checksum
    }

    /// Seeds that draw chosen digits.
    pub fn digits(&self) -> DigitSeeds<'a> {
        self.digits
    }

    /// How the weights are stored.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The generator of an integer model. A device that uses [`IntegerGenerator`] alone does not link the code for floats.
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
