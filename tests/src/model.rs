//! Model files, read as a device has them.

use pocketgan_core::infer::model::{DigitSeeds, Model, format};
use std::{
    fs,
    path::{Path, PathBuf},
};

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

    /// Writes this model into `folder` with its digits 0 to 9 called A to J, and returns the file's path.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write_with_letters(&self, folder: &Path) -> PathBuf {
        let model = self.model();
        let names: Vec<u8> = (b'A'..=b'J').flat_map(|letter| [1, letter]).collect();
        let digits = DigitSeeds::named(model.digits().counts(), model.digits().seeds(), &names).expect("ten names");
        let bytes: &[u8] = &bytemuck::cast_slice(&self.words)[..self.len];
        let sections: Vec<&[u8]> = model.sections().map(|(section, at)| &bytes[at..at + section.len]).collect();
        let len = format::encoded_len(model.header(), &digits, model.metadata()).expect("it has a length");
        let mut file = vec![0; len];
        format::encode(model.header(), &digits, &sections, model.metadata(), &mut file).expect("it can be encoded");
        let path = folder.join("letters.pgan");
        fs::write(&path, file).expect("the folder can be written");
        path
    }

    /// The model in it.
    ///
    /// # Panics
    /// If there is none.
    pub fn model(&self) -> Model<'_> {
        Model::parse(&bytemuck::cast_slice(&self.words)[..self.len]).expect("the file is a model")
    }
}
