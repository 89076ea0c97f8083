//! Finding what belongs to training images: the files of test images and labels.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::dataset::{Dataset, Rest};
use super::fetch::{self, Way};
use super::file_set::{FileSet, Role};
use super::idx::{Images, read_upright};
use super::known::{KnownFile, MNIST, missing};
use super::labels::read_labels;
use super::location::Location;
use super::names;
use super::reference::{NoLabels, Reference};

impl Dataset {
    /// What belongs to these training images: files beside them, which are fetched if the images are MNIST's own from the
    /// cache, or what was read with them.
    ///
    /// # Errors
    /// If there are no test images, or a file is wrong.
    pub(crate) fn reference(&self) -> Result<Reference> {
        let location = match &self.rest {
            Rest::Read(reference) => return Ok(reference.clone()),
            Rest::Beside(location) => location.clone(),
            Rest::Cached => {
                let folder = self.path.parent().context("the file of training images has no folder")?;
                complete(folder, &MNIST, &Way::all())?;
                Location::File(self.path.clone())
            }
        };
        read(&location, &self.images)
    }
}

/// Fetches what `folder` lacks of `files`.
fn complete(folder: &Path, files: &[KnownFile], ways: &[Way]) -> Result<()> {
    match missing(folder, files).is_empty() {
        true => Ok(()),
        false => fetch::fetch(folder, files, ways),
    }
}

fn read(training_images: &Location, images: &Images) -> Result<Reference> {
    let set = FileSet::of_training_images(training_images.name()).with_context(|| {
        format!(
            "{training_images}: labels and test images are looked for beside a file with one of the names of MNIST, EMNIST or \
             QMNIST, such as {}",
            FileSet::mnist().names(Role::TrainingImages).join(" or ")
        )
    })?;
    let container = training_images.container()?;
    let find = |role, what| {
        let names = || set.names(role).join(", ");
        let folder = container.path().to_owned();
        set.find(role, &container).ok_or_else(|| NoLabels::NotFound { folder, what, names: names() })
    };
    let test_images = read_upright(&find(Role::TestImages, "test images")?, set.is_transposed)?;
    let training = find(Role::TrainingLabels, "training labels");
    let labels = match training.and_then(|training| Ok((training, find(Role::TestLabels, "test labels")?))) {
        Ok((training, test)) => {
            let names = names::find(training_images, images.sha256())?;
            let (training, test) = ((&training, images.count()), (&test, test_images.count()));
            Ok(Arc::new(read_labels(training, test, names)?))
        }
        Err(missing) => Err(missing),
    };
    Ok(Reference::new(test_images, labels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Labels;
    use crate::data::idx::write_images;
    use crate::data::preparation::Preparation;
    use pocketgan_core::infer::picture::Picture;
    use pocketgan_core::recipe::SIDE;
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
        crate::data::load(Some(folder.path()), Preparation::default()).unwrap().reference()
    }

    #[test]
    fn the_other_files_are_found_beside_the_training_images() {
        let found = reference(&folder()).unwrap();
        let Labels { training, test, classes } = found.labels().unwrap();
        assert_eq!((&training[..], &test[..]), (&[0, 1][..], &[2][..]));
        assert_eq!(classes.names().unwrap(), ["3", "4", "9"]);
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
            let labels = reference(&folder).and_then(|found| Ok(found.labels().map(|_| ())?));
            let message = labels.unwrap_err().to_string();
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
        let message =
            crate::data::load(Some(&other), Preparation::default()).unwrap().reference().err().unwrap().to_string();
        assert!(message.contains("letters.idx: labels and test images are looked for beside"), "{message}");
    }

    #[test]
    fn emnist_is_put_upright_and_qmnist_has_its_first_column_as_labels() {
        let wide: Picture = std::array::from_fn(|i| if i < SIDE { 255 } else { 0 });
        let tall: Picture = std::array::from_fn(|i| if i % SIDE == 0 { 255 } else { 0 });
        let file = |picture| {
            let mut file = Vec::new();
            write_images(&mut file, [picture].into_iter()).unwrap();
            file
        };
        let emnist = tempdir().unwrap();
        let qmnist = tempdir().unwrap();
        for part in ["train", "test"] {
            let write = |folder: &TempDir, name: String, content| fs::write(folder.path().join(name), content).unwrap();
            write(&emnist, format!("emnist-digits-{part}-images-idx3-ubyte"), file(wide));
            write(&emnist, format!("emnist-digits-{part}-labels-idx1-ubyte"), labels(&[7]));
            write(&qmnist, format!("qmnist-{part}-images-idx3-ubyte"), file(tall));
            let row = [7, 1, 2, 3, 4, 5, 6, 0].into_iter();
            let idx2 = [0x0c02, 1, 8].into_iter().chain(row).flat_map(u32::to_be_bytes).collect();
            write(&qmnist, format!("qmnist-{part}-labels-idx2-int"), idx2);
        }
        for folder in [emnist, qmnist] {
            let dataset = crate::data::load(Some(folder.path()), Preparation::default()).unwrap();
            let reference = dataset.reference().unwrap();
            assert_eq!((dataset.images.image(0), reference.test_images.image(0)), (&tall, &tall));
            let Labels { training, test, classes } = reference.labels().unwrap();
            assert_eq!((&training[..], &test[..]), (&[0][..], &[0][..]));
            assert_eq!(classes.names().unwrap(), ["7"]);
        }
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
