//! Reading and assembling model files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use pocketgan_core::infer::model::{DigitSeeds, Header, LayerHeader, Model, ModelError, Section, format};
use pocketgan_core::nn::network::Layer;

use crate::data::Classes;
use crate::data::foreign::ForeignFormat;

/// A model file in memory, aligned so that the model can borrow its weights.
pub(crate) struct ModelFile {
    words: Vec<u128>,
    len: usize,
}

impl ModelFile {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        match ForeignFormat::of(&bytes).filter(|&format| format != ForeignFormat::Model) {
            Some(format) => bail!("{} is not a pocketgan model: {format}", path.display()),
            None => Ok(Self::new(&bytes)),
        }
    }

    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut words = vec![0; bytes.len().div_ceil(size_of::<u128>())];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
        Self { words, len: bytes.len() }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.len]
    }

    /// This file with another table of seeds.
    pub(crate) fn with_digits(&self, table: &SeedTable) -> Result<Vec<u8>> {
        let model = self.model()?;
        let contents = |(section, at): (Section, usize)| &self.bytes()[at..at + section.len];
        let sections: Vec<&[u8]> = model.sections().map(contents).collect();
        let counts: Vec<u8> = table.seeds.iter().map(|seeds| seeds.len() as u8).collect();
        let (seeds, names) = (table.seeds.concat(), table.names());
        let digits = match names.is_empty() {
            true => DigitSeeds::new(&counts, &seeds)?,
            false => DigitSeeds::named(&counts, &seeds, &names)?,
        };
        encode_with(model.header(), &digits, &sections, model.metadata())
    }

    /// The model in the file.
    pub(crate) fn model(&self) -> Result<Model<'_>, ModelError> {
        Model::parse(self.bytes())
    }
}

/// The header of a float layer of this shape.
pub(crate) fn layer_header(shape: &Layer) -> LayerHeader {
    let width = |width: usize| u16::try_from(width).expect("layers are at most 784 wide");
    LayerHeader {
        inputs: width(shape.inputs),
        outputs: width(shape.outputs),
        activation: shape.activation,
        quantisation: None,
    }
}

/// Seeds that draw each digit, or each of other classes.
pub(crate) struct SeedTable {
    pub(crate) classes: Classes,
    /// Of each class, best first.
    pub(crate) seeds: Vec<Vec<u32>>,
}

impl SeedTable {
    /// The names as a model file has them; empty for digits.
    fn names(&self) -> Vec<u8> {
        let names = self.classes.names().unwrap_or_default();
        names.iter().flat_map(|name| [&[name.len() as u8], name.as_bytes()].concat()).collect()
    }
}

/// The bytes of a model file without digit seeds; `sections` are the contents of [`Header::sections`].
pub(crate) fn encode(header: &Header, sections: &[&[u8]], metadata: &[u8]) -> Result<Vec<u8>> {
    encode_with(header, &DigitSeeds::NONE, sections, metadata)
}

fn encode_with(header: &Header, digits: &DigitSeeds<'_>, sections: &[&[u8]], metadata: &[u8]) -> Result<Vec<u8>> {
    let mut file = vec![0; format::encoded_len(header, digits, metadata)?];
    format::encode(header, digits, sections, metadata, &mut file)?;
    Ok(file)
}
