//! Fetching MNIST: from the first of several places that has it.
//!
//! Each file lands in the folder complete and checked, or not at all; files that are already there and right stay.

mod mirror;
mod npm;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::known::{KnownFile, missing};
use crate::output::files::remove_leftovers;
use mirror::Mirror;
use npm::Npm;

/// A temporary file nobody wrote to for so long belongs to no running download: those give up much earlier.
const ABANDONED: Duration = Duration::from_secs(15 * 60);

/// A way to get the files.
pub(crate) enum Way {
    Mirror(Mirror),
    Npm(Npm),
}

impl Way {
    /// The ways there are, in the order in which to try them.
    pub(crate) fn all() -> Vec<Self> {
        let mirrors = mirror::ADDRESSES.into_iter().map(|address| Self::Mirror(Mirror::new(address)));
        mirrors.chain([Self::Npm(Npm::default())]).collect()
    }

    fn fetch(&self, folder: &Path, files: &[&KnownFile]) -> Result<()> {
        match self {
            Self::Mirror(mirror) => mirror.fetch(folder, files),
            Self::Npm(npm) => npm.fetch(folder, files),
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mirror(mirror) => mirror.fmt(out),
            Self::Npm(npm) => npm.fmt(out),
        }
    }
}

/// Brings `files` into `folder`, telling on stderr what is tried; the error tells why each of `ways` failed.
pub(crate) fn fetch(folder: &Path, files: &[KnownFile], ways: &[Way]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be created", folder.display()))?;
    remove_leftovers(folder, ABANDONED);
    let mut failures = String::new();
    for way in ways {
        eprintln!("fetching MNIST: {way}");
        match way.fetch(folder, &missing(folder, files)) {
            Ok(()) => {
                eprintln!("MNIST is now in {}", folder.display());
                return Ok(());
            }
            Err(error) => failures += &format!("\n  {way}: {error:#}"),
        }
    }
    bail!(
        "MNIST could not be fetched:{failures}\n\
         Put its training images (train-images-idx3-ubyte, plain or .gz) into a folder and give that with --data"
    )
}
