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

    fn given(folder: &TempDir) -> Source {
        Source::Given(folder.path().into())
    }

    #[test]
    fn the_argument_wins_over_the_variable_and_that_over_the_cache() {
        let [name, ..] = usual_names();
        let (a, b) = (folder_with(&name), folder_with(&name));
        let variable = || Some(b.path().into());
        let cache = || Some(PathBuf::from("cache"));
        assert_eq!(choose(Some(a.path()), variable(), cache()).unwrap(), given(&a));
        assert_eq!(choose(None, variable(), cache()).unwrap(), given(&b));
        assert_eq!(choose(None, None, cache()).unwrap(), Source::Cache("cache".into()));
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let chosen = choose(None, Some(OsString::new()), Some("cache".into()));
        assert_eq!(chosen.unwrap(), Source::Cache("cache".into()));
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
