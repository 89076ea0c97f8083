//! Model files, read as a device has them.

use pocketgan_core::infer::model::Model;
use std::{fs, path::Path};

/// The bytes of a model file, aligned as in a device's flash.
#[derive(Clone, Debug)]
pub struct ModelFile {
    words: Vec<u128>,
    len: usize,
}

impl ModelFile {
    /// Reads a file.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut words = vec![0; bytes.len().div_ceil(size_of::<u128>())];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(&bytes);
        Self { words, len: bytes.len() }
    }

    /// The model in it.
    ///
    /// # Panics
    /// If there is none.
    pub fn model(&self) -> Model<'_> {
        Model::parse(&bytemuck::cast_slice(&self.words)[..self.len]).expect("the file is a model")
    }
}
