//! Model files: reading one, and putting one together.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use pocketgan_core::infer::model::{DIGITS, DigitSeeds, Header, LayerHeader, Model, ModelError, format};
use pocketgan_core::nn::network::Layer;

/// A file's bytes, on an address that a model's weights may be borrowed from.
pub(crate) struct ModelFile {
    words: Vec<u128>,
    len: usize,
}

impl ModelFile {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(Self::new(&bytes))
    }

    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut words = vec![0; bytes.len().div_ceil(size_of::<u128>())];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
        Self { words, len: bytes.len() }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.len]
    }

    /// What this file becomes with another table of digits.
    pub(crate) fn with_digits(&self, digits: &DigitTable) -> Result<Vec<u8>> {
        let model = self.model()?;
        let parts: Vec<&[u8]> = model.parts().map(|(part, at)| &self.bytes()[at..at + part.len]).collect();
        let (counts, seeds) = (digits.each_ref().map(|seeds| seeds.len() as u8), digits.concat());
        encode_with(model.header(), &DigitSeeds::new(counts, &seeds)?, &parts)
    }

    /// The model in the file.
    pub(crate) fn model(&self) -> Result<Model<'_>, ModelError> {
        Model::parse(self.bytes())
    }
}

/// What a header says of a layer of this shape, before it is quantised.
pub(crate) fn layer_header(shape: &Layer) -> LayerHeader {
    let width = |width: usize| u16::try_from(width).expect("layers are at most 784 wide");
    LayerHeader {
        inputs: width(shape.inputs),
        outputs: width(shape.outputs),
        activation: shape.activation,
        quantisation: None,
    }
}

/// Seeds that draw each digit.
pub(crate) type DigitTable = [Vec<u32>; DIGITS];

/// The file that consists of `header` and `parts`, without a table of digits.
pub(crate) fn encode(header: &Header, parts: &[&[u8]]) -> Result<Vec<u8>> {
    encode_with(header, &DigitSeeds::NONE, parts)
}

fn encode_with(header: &Header, digits: &DigitSeeds<'_>, parts: &[&[u8]]) -> Result<Vec<u8>> {
    let mut file = vec![0; format::encoded_len(header, digits)?];
    format::encode(header, digits, parts, &mut file)?;
    Ok(file)
}
