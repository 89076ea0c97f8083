//! Training images, and where they are loaded from.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::fetch::{self, Way};
use super::file_set::FileSet;
use super::hashed::hex;
use super::idx::{Images, read_images};
use super::known::{KnownFile, MNIST};
use super::source::{self, Source};
use crate::output::terminal;

/// Training images and the file they came from.
pub(crate) struct Dataset {
    pub(crate) path: PathBuf,
    pub(crate) images: Images,
    /// Whether the file is MNIST's own, in the cache folder.
    pub(super) is_cached: bool,
}

/// Loads the training images: from `argument` (`--data`), from what POCKETGAN_DATA names, or MNIST's own from the cache
/// folder, into which they are fetched when they are not there.
pub(crate) fn load(argument: Option<&Path>) -> Result<Dataset> {
    match source::find(argument)? {
        Source::Given(path) => {
            let is_transposed = FileSet::of_training_images(&path).is_some_and(|set| set.is_transposed);
            Ok(Dataset { images: read_upright(&path, is_transposed)?, path, is_cached: false })
        }
        Source::Cache(folder) => load_cached(&folder, &MNIST, &Way::all()),
    }
}

/// Loads MNIST from the cache folder, into which it is fetched when it is not there.
pub(crate) fn load_mnist() -> Result<Dataset> {
    let folder = source::mnist_folder().context("no home folder to keep MNIST in")?;
    load_cached(&folder, &MNIST, &Way::all())
}

/// The images in a file, which may store them transposed.
pub(super) fn read_upright(path: &Path, is_transposed: bool) -> Result<Images> {
    let images = read_images(path)?;
    Ok(if is_transposed { images.transposed() } else { images })
}

/// Loads the training images with this checksum, as [`load`] does; MNIST is fetched only if it is what is looked for.
///
/// # Errors
/// Also if other images than those are found.
pub(crate) fn load_same(argument: Option<&Path>, sha256: &[u8; 32]) -> Result<Dataset> {
    let wanted = hex(sha256);
    if matches!(source::find(argument)?, Source::Cache(_)) && wanted != MNIST[0].sha256 {
        bail!("the images it was trained on (SHA-256 {wanted}) are not MNIST's; name them with --data");
    }
    let dataset = load(argument)?;
    let found = hex(dataset.images.sha256());
    ensure!(
        found == wanted,
        "{}: it was trained on other images (SHA-256 {wanted}, here {found}); name those with --data",
        dataset.path.display()
    );
    Ok(dataset)
}

/// Loads the first of `files` from `folder`, fetching all of them if that one is missing or damaged.
fn load_cached(folder: &Path, files: &[KnownFile], ways: &[Way]) -> Result<Dataset> {
    let path = folder.join(files[0].name);
    let images = match undamaged(&path, &files[0]) {
        Some(images) => images,
        None => {
            fetch::fetch(folder, files, ways)?;
            read_images(&path)?
        }
    };
    Ok(Dataset { path, images, is_cached: true })
}

/// The images in the cache, if they are those of `file`; the hash is that of the loading itself.
fn undamaged(path: &Path, file: &KnownFile) -> Option<Images> {
    if !path.exists() {
        return None;
    }
    let damage = match read_images(path) {
        Ok(images) if hex(images.sha256()) == file.sha256 => return Some(images),
        Ok(images) => format!("{}: SHA-256 {}, expected {}", path.display(), hex(images.sha256()), file.sha256),
        Err(error) => error.to_string(),
    };
    terminal::remark(format_args!("the cached file is damaged and will be fetched again: {damage}"));
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::idx::write_images;
    use std::fs;
    use tempfile::{TempDir, tempdir};

    fn idx_of(shade: u8) -> Vec<u8> {
        let mut file = Vec::new();
        write_images(&mut file, [[shade; 784]].into_iter()).unwrap();
        file
    }

    /// A cache folder with `content` in it, and the file that belongs there.
    fn cache(content: &[u8]) -> (TempDir, KnownFile) {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("right"), idx_of(7)).unwrap();
        let right = read_images(&folder.path().join("right")).unwrap();
        fs::write(folder.path().join("images"), content).unwrap();
        let sha256 = hex(right.sha256()).leak();
        (folder, KnownFile { name: "images", bytes: 800, sha256 })
    }

    #[test]
    fn a_cached_file_is_used_without_fetching() {
        let (folder, file) = cache(&idx_of(7));
        let dataset = load_cached(folder.path(), &[file], &[]).unwrap();
        assert_eq!(dataset.images.image(0), &[7; 784]);
        assert_eq!(dataset.path, folder.path().join("images"));
    }

    #[test]
    fn a_damaged_cached_file_is_not_used() {
        for content in [idx_of(8), idx_of(7)[..799].to_vec()] {
            let (folder, file) = cache(&content);
            let message = load_cached(folder.path(), &[file], &[]).err().unwrap().to_string();
            assert!(message.contains("could not be fetched"), "{message}");
        }
    }

    #[test]
    fn a_given_file_is_refused_rather_than_replaced() {
        let folder = tempdir().unwrap();
        let labels = folder.path().join("train-images-idx3-ubyte");
        fs::write(&labels, [0, 0, 8, 1, 0, 0, 0, 1, 5]).unwrap();
        let message = load(Some(folder.path())).err().unwrap().to_string();
        assert!(message.contains("label file"), "{message}");
    }
}
