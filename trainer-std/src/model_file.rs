//! Model files on disk.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use pocketgan_core::model::{Model, ModelError};

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

    /// The model in the file.
    pub(crate) fn model(&self) -> Result<Model<'_>, ModelError> {
        Model::parse(self.bytes())
    }
}
