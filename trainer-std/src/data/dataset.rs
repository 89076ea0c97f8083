//! Training images, and where what belongs to them is.

use std::path::PathBuf;

use super::idx::Images;
use super::location::Location;
use super::reference::Reference;

/// Training images and where they came from.
pub(crate) struct Dataset {
    pub(crate) path: PathBuf,
    pub(crate) images: Images,
    /// Where what belongs to them is.
    pub(super) rest: Rest,
    /// Versions of each picture that follow each other in the images.
    pub(crate) copies: usize,
    /// A line that says what they are.
    pub(crate) description: String,
}

/// Where the test images and labels of a set are.
pub(super) enum Rest {
    /// In the cache folder, where MNIST's own files are, or will be.
    Cached,
    /// In files beside the training images.
    Beside(Location),
    /// In memory.
    Read(Reference),
}
