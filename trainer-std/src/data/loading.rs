//! Loading training images: from files that are named, or from the cache.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::assembly::assemble;
use super::dataset::{Dataset, Rest};
use super::fetch::{self, Way};
use super::file_set::FileSet;
use super::formats::recognition::{self, Form};
use super::formats::{Found, Part, PictureArray, Pictures, arrays, picture_folder, table};
use super::hashed::hex;
use super::idx::{Images, read_images, read_upright};
use super::known::{KnownFile, MNIST};
use super::location::{Container, Location};
use super::preparation::Preparation;
use super::source::{self, Source};
use crate::output::terminal;

/// Loads the training images: from `argument` (`--data`), from what POCKETGAN_DATA names, or MNIST's own from the cache
/// folder, into which they are fetched when they are not there.
///
/// What was found and prepared is said in a line on standard error.
pub(crate) fn load(argument: Option<&Path>, preparation: Preparation) -> Result<Dataset> {
    let dataset = load_quietly(argument, preparation)?;
    if matches!(dataset.rest, Rest::Read(_)) {
        terminal::remark(&dataset.description);
    }
    Ok(dataset)
}

/// [`load`] for a caller that says what was found.
pub(crate) fn load_quietly(argument: Option<&Path>, preparation: Preparation) -> Result<Dataset> {
    match source::find(argument)? {
        Source::Given(path) => load_from(&path, preparation),
        Source::Cache(folder) => prepared(load_cached(&folder, &MNIST, &Way::all())?, preparation),
    }
}

/// Loads MNIST from the cache folder, into which it is fetched when it is not there.
pub(crate) fn load_mnist() -> Result<Dataset> {
    let folder = source::mnist_folder().context("no home folder to keep MNIST in")?;
    load_cached(&folder, &MNIST, &Way::all())
}

fn load_from(path: &Path, preparation: Preparation) -> Result<Dataset> {
    let form = match path.is_dir() {
        true => form_of_folder(path)?,
        false => {
            recognition::of_file(Location::of(path).with_context(|| format!("{} cannot be read", path.display()))?)?
        }
    };
    match form {
        Form::Idx(location) => prepared(load_idx(location)?, preparation),
        Form::Array(location) => assemble(path, arrays::read(&location)?, preparation),
        Form::Table(location) => assemble(path, table::read(&location)?, preparation),
        Form::Container(container) => assemble(path, in_container(&container)?, preparation),
        Form::Picture => bail!("{}: it is one picture; give a folder of pictures", path.display()),
        Form::Unknown(reason) => bail!("{}: {reason}", path.display()),
    }
}

fn form_of_folder(path: &Path) -> Result<Form> {
    let container = Container::Folder(path.into());
    if let Some(images) = recognition::training_images(&container)? {
        return Ok(Form::Idx(images));
    }
    Ok(recognition::table_in(&container).map_or(Form::Container(container), Form::Table))
}

/// Arrays or pictures.
fn in_container(container: &Container) -> Result<Found> {
    if let Some(found) = arrays::find(container)? {
        return Ok(found);
    }
    match picture_folder::find(container)? {
        Some(found) => Ok(found),
        None => bail!("{}", source::nothing_in(container.path())),
    }
}

fn load_idx(location: Location) -> Result<Dataset> {
    let is_transposed = FileSet::of_training_images(location.name()).is_some_and(|set| set.is_transposed);
    let path = match &location {
        Location::File(path) => path.clone(),
        Location::Member { archive, name } => archive.join(name),
    };
    let images = read_upright(&location, is_transposed)?;
    let description = format!("{}: IDX, {} images of 28x28 pixels, as they are", path.display(), images.count());
    Ok(Dataset { path, images, rest: Rest::Beside(location), copies: 1, description })
}

/// Images that were read as they are, prepared if that is asked for.
fn prepared(dataset: Dataset, preparation: Preparation) -> Result<Dataset> {
    if preparation.is_default() {
        return Ok(dataset);
    }
    let reference = dataset.reference().ok();
    let labels = reference.as_ref().and_then(|reference| reference.labels().ok());
    let part = |images: &Images, labels: Option<&[u8]>| Part {
        pictures: Pictures::Array(PictureArray::of(images)),
        labels: labels.map(|labels| labels.iter().copied().map(i32::from).collect()),
    };
    let training = part(&dataset.images, labels.map(|labels| &labels.training[..]));
    let test_images = reference.as_ref().map(|reference| &*reference.test_images);
    let test = test_images.map(|images| part(images, labels.map(|labels| &labels.test[..])));
    let names = labels.and_then(|labels| labels.classes.names()).map(<[String]>::to_vec);
    let found = Found { what: "IDX".into(), training, test, names, remarks: Vec::new(), beside: None };
    assemble(&dataset.path, found, preparation)
}

/// Loads the training images with this checksum, as [`load`] does; MNIST is fetched only if it is what is looked for.
///
/// # Errors
/// Also if other images than those are found.
pub(crate) fn load_same(argument: Option<&Path>, preparation: Preparation, sha256: &[u8; 32]) -> Result<Dataset> {
    let wanted = hex(sha256);
    let is_mnist = wanted == MNIST[0].sha256 || !preparation.is_default();
    if matches!(source::find(argument)?, Source::Cache(_)) && !is_mnist {
        bail!("the images it was trained on (SHA-256 {wanted}) are not MNIST's; name them with --data");
    }
    let dataset = load(argument, preparation)?;
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
            read_images(&Location::File(path.clone()))?
        }
    };
    let description = format!("{}: MNIST, {} images of 28x28 pixels, as they are", path.display(), images.count());
    Ok(Dataset { path, images, rest: Rest::Cached, copies: 1, description })
}

/// The images in the cache, if they are those of `file`; the hash is that of the loading itself.
fn undamaged(path: &Path, file: &KnownFile) -> Option<Images> {
    if !path.exists() {
        return None;
    }
    let damage = match read_images(&Location::File(path.into())) {
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
        let right = read_images(&Location::File(folder.path().join("right"))).unwrap();
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
        let message = load(Some(folder.path()), Preparation::default()).err().unwrap().to_string();
        assert!(message.contains("label file"), "{message}");
    }

    /// What is loaded from a folder with one image in a file of this name, and the folder.
    fn loaded(names: &[&str]) -> (TempDir, Result<Dataset>) {
        let folder = tempdir().unwrap();
        names.iter().for_each(|name| fs::write(folder.path().join(name), idx_of(7)).unwrap());
        let dataset = load_quietly(Some(folder.path()), Preparation::default());
        (folder, dataset)
    }

    #[test]
    fn a_folder_is_searched_for_the_names_of_every_set() {
        for name in [
            "train-images-idx3-ubyte",
            "train-images.idx3-ubyte",
            "emnist-digits-train-images-idx3-ubyte",
            "qmnist-train-images-idx3-ubyte",
        ] {
            let (folder, dataset) = loaded(&[name]);
            assert_eq!(dataset.unwrap().path, folder.path().join(name));
        }
    }

    #[test]
    fn several_sets_in_a_folder_are_an_error_unless_one_has_the_names_of_mnist() {
        let (emnist, other) = ("emnist-digits-train-images-idx3-ubyte", "emnist-letters-train-images-idx3-ubyte");
        let message = loaded(&[emnist, other]).1.err().unwrap().to_string();
        assert!(message.contains("holds several sets of images; name one file, such as "), "{message}");
        assert!(loaded(&[emnist, other, "train-images-idx3-ubyte"]).1.is_ok());
    }

    #[test]
    fn a_folder_without_images_is_an_error_that_lists_what_was_looked_for() {
        let message = loaded(&["t10k-images-idx3-ubyte", "notes.txt"]).1.err().unwrap().to_string();
        for words in ["PNG", "x_train.npy", "train.csv", "train-images.idx3-ubyte.gz", "emnist-digits-train"] {
            assert!(message.contains(words), "{message}");
        }
    }
}
