//! The forms in which people have pictures: folders, arrays, tables. Each becomes the parts of a set.

pub(super) mod arrays;
mod bounded_lines;
pub(super) mod picture_file;
pub(super) mod picture_folder;
pub(super) mod recognition;
pub(super) mod table;

use std::path::PathBuf;

use pocketgan_core::recipe::SIDE;
use rayon::prelude::*;

use super::idx::Images;
use super::location::Location;
use super::preparation::GreyImage;
use picture_folder::PictureFiles;

/// Most pictures of a part.
pub(crate) const MOST: usize = 1 << 20;
/// Most bytes of an array of pictures.
pub(crate) const LARGEST_ARRAY: usize = 2 << 30;

/// What was found: pictures to train on, perhaps others to test with.
pub(super) struct Found {
    /// A few words for the line that describes the set.
    pub(super) what: String,
    pub(super) training: Part,
    pub(super) test: Option<Part>,
    /// Names of the classes, if the form has some.
    pub(super) names: Option<Vec<String>>,
    /// What was left out and why, each a sentence.
    pub(super) remarks: Vec<String>,
    /// Where a file with names of classes may be.
    pub(super) beside: Option<Location>,
}

/// Pictures, and their labels if there are some.
pub(super) struct Part {
    pub(super) pictures: Pictures,
    pub(super) labels: Option<Vec<i32>>,
}

/// Pictures that are read when they are needed.
pub(super) enum Pictures {
    Files(PictureFiles),
    Array(PictureArray),
}

/// Grey pictures of one size, one after another.
pub(super) struct PictureArray {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
}

/// A picture that cannot be used.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) path: PathBuf,
    pub(super) reason: String,
}

impl Pictures {
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Files(files) => files.count(),
            Self::Array(array) => array.pixels.len() / (array.width * array.height),
        }
    }

    /// The pictures with these indices, which are processed by `then` in parallel.
    pub(super) fn read<T: Send>(
        &self,
        indices: &[usize],
        then: impl Fn(GreyImage) -> T + Sync,
    ) -> Vec<Result<T, Unusable>> {
        match self {
            Self::Files(files) => files.read(indices, then),
            Self::Array(array) => indices.par_iter().map(|&index| Ok(then(array.picture(index)))).collect(),
        }
    }
}

impl PictureArray {
    pub(super) fn of(images: &Images) -> Self {
        Self { width: SIDE, height: SIDE, pixels: images.pictures().as_flattened().to_vec() }
    }

    fn picture(&self, index: usize) -> GreyImage {
        let Self { width, height, ref pixels } = *self;
        GreyImage { width, height, pixels: pixels[index * width * height..][..width * height].to_vec() }
    }
}
