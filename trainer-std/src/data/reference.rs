//! What generated pictures are measured by: the labels of the training images, and images that no training saw.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::Dataset;
use super::fetch::{self, Way};
use super::idx::{Images, read_images};
use super::known::{KnownFile, MNIST, missing};
use super::labels::read_labels;
use super::source::names;

/// The other files of a set of images.
pub(crate) struct Reference {
    pub(crate) training_labels: Vec<u8>,
    pub(crate) test_images: Images,
    pub(crate) test_labels: Vec<u8>,
}

impl Dataset {
    /// The files that belong to these training images: they lie beside them, or are fetched if the images are MNIST's own
    /// from the cache.
    ///
    /// # Errors
    /// If one is not there or is wrong.
    pub(crate) fn reference(&self) -> Result<Reference> {
        let folder = self.path.parent().context("the file of training images has no folder")?;
        if self.is_cached {
            complete(folder, &MNIST, &Way::all())?;
        }
        read(&self.path, folder, self.images.count())
    }
}

/// Fetches what `folder` lacks of `files`.
fn complete(folder: &Path, files: &[KnownFile], ways: &[Way]) -> Result<()> {
    match missing(folder, files).is_empty() {
        true => Ok(()),
        false => fetch::fetch(folder, files, ways),
    }
}

fn read(training_images: &Path, folder: &Path, count: usize) -> Result<Reference> {
    let name = training_images.file_name().unwrap_or_default().to_string_lossy();
    let usual = names("train-images");
    ensure!(
        usual.iter().any(|usual| *usual == name),
        "{}: labels and test images are looked for beside a file that is called {}",
        training_images.display(),
        usual.join(" or ")
    );
    let test_images = read_images(&beside(folder, "t10k-images", "test images")?)?;
    Ok(Reference {
        training_labels: read_labels(&beside(folder, "train-labels", "training labels")?, count)?,
        test_labels: read_labels(&beside(folder, "t10k-labels", "test labels")?, test_images.count())?,
        test_images,
    })
}

/// The file of `folder` that is called `stem` in one of the usual ways.
fn beside(folder: &Path, stem: &str, what: &str) -> Result<PathBuf> {
    let names = names(stem);
    let mut candidates = names.iter().map(|name| folder.join(name));
    match candidates.find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => bail!("{} holds no {what}; looked for {}", folder.display(), names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::idx::write_images;
    use std::fs;
    use tempfile::{TempDir, tempdir};

    fn images(count: usize) -> Vec<u8> {
        let mut file = Vec::new();
        write_images(&mut file, vec![[7; 784]; count].into_iter()).unwrap();
        file
    }

    fn labels(labels: &[u8]) -> Vec<u8> {
        [&[0, 0, 8, 1, 0, 0, 0, labels.len() as u8], labels].concat()
    }

    /// A folder with two training images and one test image.
    fn folder() -> TempDir {
        let folder = tempdir().unwrap();
        let write = |name: &str, content| fs::write(folder.path().join(name), content).unwrap();
        write("train-images-idx3-ubyte", images(2));
        write("train-labels-idx1-ubyte", labels(&[3, 4]));
        write("t10k-images.idx3-ubyte", images(1));
        write("t10k-labels-idx1-ubyte", labels(&[9]));
        folder
    }

    fn reference(folder: &TempDir) -> Result<Reference> {
        crate::data::load(Some(folder.path())).unwrap().reference()
    }

    #[test]
    fn the_other_files_are_found_beside_the_training_images() {
        let found = reference(&folder()).unwrap();
        assert_eq!((found.training_labels, found.test_labels), (vec![3, 4], vec![9]));
        assert_eq!(found.test_images.count(), 1);
    }

    #[test]
    fn each_missing_file_is_named_with_what_was_looked_for() {
        for (name, words) in [
            ("train-labels-idx1-ubyte", "holds no training labels; looked for train-labels-idx1-ubyte, "),
            ("t10k-images.idx3-ubyte", "holds no test images; looked for t10k-images-idx3-ubyte, "),
            ("t10k-labels-idx1-ubyte", "holds no test labels"),
        ] {
            let folder = folder();
            fs::remove_file(folder.path().join(name)).unwrap();
            let message = reference(&folder).err().unwrap().to_string();
            assert!(message.contains(words), "expected {words:?} in: {message}");
        }
    }

    #[test]
    fn labels_of_another_set_are_refused() {
        let folder = folder();
        fs::write(folder.path().join("t10k-labels-idx1-ubyte"), labels(&[1, 2])).unwrap();
        let message = reference(&folder).err().unwrap().to_string();
        assert!(message.contains("each of the 1 images, but it holds 2"), "{message}");
    }

    #[test]
    fn a_file_of_another_name_has_no_files_that_belong_to_it() {
        let folder = folder();
        let other = folder.path().join("letters.idx");
        fs::write(&other, images(2)).unwrap();
        let message = crate::data::load(Some(&other)).unwrap().reference().err().unwrap().to_string();
        assert!(message.contains("letters.idx: labels and test images are looked for beside"), "{message}");
    }

    #[test]
    fn an_incomplete_cache_is_fetched_and_a_complete_one_is_not() {
        let folder = tempdir().unwrap();
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let file = [KnownFile { name: "abc", bytes: 3, sha256 }];
        let message = complete(folder.path(), &file, &[]).unwrap_err().to_string();
        assert!(message.contains("could not be fetched"), "{message}");
        fs::write(folder.path().join("abc"), "abc").unwrap();
        complete(folder.path(), &file, &[]).unwrap();
    }
}
