//! Where the training images are looked for.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use directories::ProjectDirs;

use super::file_set::{FileSet, Role};
use super::location::Location;

/// Means the same as `--data`; empty counts as unset.
const VARIABLE: &str = "POCKETGAN_DATA";

/// Where to read from.
#[derive(Debug, PartialEq)]
pub(crate) enum Source {
    /// A file the user pointed at: read or refused, never replaced by another.
    Given(PathBuf),
    /// Our own folder, which may still be empty.
    Cache(PathBuf),
}

/// `--data` first, then the environment, then the platform's cache folder.
pub(crate) fn find(argument: Option<&Path>) -> Result<Source> {
    choose(argument, env::var_os(VARIABLE), mnist_folder())
}

/// The folder for MNIST's own files.
pub(super) fn mnist_folder() -> Option<PathBuf> {
    cache_folder().map(|cache| cache.join("mnist"))
}

/// The folder where the platform keeps what programs can make or fetch again.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    ProjectDirs::from("", "", "pocketgan").map(|folders| folders.cache_dir().to_owned())
}

fn choose(argument: Option<&Path>, variable: Option<OsString>, cache: Option<PathBuf>) -> Result<Source> {
    let variable = variable.filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = argument {
        return images_at(path).context("--data");
    }
    if let Some(path) = variable {
        return images_at(&path).context(VARIABLE);
    }
    let cache = cache.context("no home folder to keep MNIST in; give a folder that holds it with --data")?;
    Ok(Source::Cache(cache))
}

/// The file or folder at `path`.
fn images_at(path: &Path) -> Result<Source> {
    Location::of(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    Ok(Source::Given(path.into()))
}

/// That there is nothing to train on in a folder or an archive, and what was looked for.
pub(super) fn nothing_in(path: &Path) -> String {
    format!(
        "{} holds no training images; looked for pictures (PNG, JPEG, GIF, BMP), for x_train.npy, for a table such as \
         train.csv, for {}, and for the names of EMNIST and QMNIST, such as {} and {}",
        path.display(),
        FileSet::mnist().names(Role::TrainingImages).join(", "),
        "emnist-digits-train-images-idx3-ubyte",
        "qmnist-train-images-idx3-ubyte"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::{TempDir, tempdir};

    fn usual_names() -> [String; 4] {
        FileSet::mnist().names(Role::TrainingImages)
    }

    fn folder_with(name: &str) -> TempDir {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join(name), b"").unwrap();
        folder
    }

    fn given(folder: &TempDir, name: &str) -> Source {
        Source::Given(folder.path().join(name))
    }

    #[test]
    fn a_folder_is_searched_for_each_name() {
        for stem in ["train-images-idx3-ubyte", "train-images.idx3-ubyte"] {
            for name in [stem.to_string(), format!("{stem}.gz")] {
                let folder = folder_with(&name);
                let chosen = choose(Some(folder.path()), None, None);
                assert_eq!(chosen.unwrap(), given(&folder, &name));
            }
        }
    }

    #[test]
    fn a_folder_may_hold_emnist_or_qmnist_but_not_several_sets() {
        for name in ["emnist-digits-train-images-idx3-ubyte", "qmnist-train-images-idx3-ubyte.gz"] {
            let folder = folder_with(name);
            assert_eq!(choose(Some(folder.path()), None, None).unwrap(), given(&folder, name));
            fs::write(folder.path().join("emnist-letters-train-images-idx3-ubyte"), b"").unwrap();
            let message = format!("{:#}", choose(Some(folder.path()), None, None).unwrap_err());
            assert!(message.contains("holds several sets of images; name one file, such as "), "{message}");
            let [usual, ..] = usual_names();
            fs::write(folder.path().join(&usual), b"").unwrap();
            assert_eq!(choose(Some(folder.path()), None, None).unwrap(), given(&folder, &usual));
        }
    }

    #[test]
    fn a_file_may_have_any_name() {
        let folder = folder_with("letters");
        let file = folder.path().join("letters");
        assert_eq!(choose(Some(&file), None, None).unwrap(), given(&folder, "letters"));
    }

    #[test]
    fn the_argument_wins_over_the_variable_and_that_over_the_cache() {
        let [name, ..] = usual_names();
        let (a, b) = (folder_with(&name), folder_with(&name));
        let variable = || Some(b.path().into());
        let cache = || Some(PathBuf::from("cache"));
        assert_eq!(choose(Some(a.path()), variable(), cache()).unwrap(), given(&a, &name));
        assert_eq!(choose(None, variable(), cache()).unwrap(), given(&b, &name));
        assert_eq!(choose(None, None, cache()).unwrap(), Source::Cache("cache".into()));
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let chosen = choose(None, Some(OsString::new()), Some("cache".into()));
        assert_eq!(chosen.unwrap(), Source::Cache("cache".into()));
    }

    #[test]
    fn a_folder_without_images_is_an_error_that_lists_the_names() {
        let folder = folder_with("t10k-images-idx3-ubyte");
        let message = format!("{:#}", choose(Some(folder.path()), None, Some("cache".into())).unwrap_err());
        assert!(message.starts_with("--data: "), "{message}");
        for name in usual_names() {
            assert!(message.contains(&name), "{message}");
        }
    }

    #[test]
    fn a_path_that_does_not_exist_is_an_error_that_says_who_named_it() {
        let message = format!("{:#}", choose(None, Some("/nothing/here".into()), None).unwrap_err());
        assert!(message.starts_with("POCKETGAN_DATA: /nothing/here cannot be opened"), "{message}");
    }

    #[test]
    fn without_a_home_the_error_says_what_to_do() {
        let message = choose(None, None, None).unwrap_err().to_string();
        assert!(message.contains("--data"), "{message}");
    }
}
