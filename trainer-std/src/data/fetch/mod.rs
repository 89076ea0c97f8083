//! Fetching MNIST from the first of several sources that has it.
//!
//! Each file appears in the folder complete and checked, or not at all; files that are there already and right stay.

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
use crate::output::terminal;
use mirror::Mirror;
use npm::Npm;

/// A temporary file that is unchanged for so long belongs to no running download: those give up much earlier.
const ABANDONED: Duration = Duration::from_secs(15 * 60);

/// A way to get the files.
pub(crate) enum Way {
    Mirror(Mirror),
    Npm(Npm),
}

impl Way {
    /// All ways, in the order in which to try them.
    pub(crate) fn all() -> Vec<Self> {
        let mirrors = mirror::ADDRESSES.into_iter().map(|address| Self::Mirror(Mirror::new(address)));
        mirrors.chain(Npm::installed().map(Self::Npm)).collect()
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

/// Brings `files` into `folder`, and names on standard error what is tried.
///
/// # Errors
/// If none of `ways` works: with the reason of each, and what to do instead.
pub(crate) fn fetch(folder: &Path, files: &[KnownFile], ways: &[Way]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be created", folder.display()))?;
    remove_leftovers(folder, ABANDONED);
    let mut failures = Vec::new();
    for way in ways {
        terminal::remark(format_args!("fetching MNIST: {way}"));
        match way.fetch(folder, &missing(folder, files)) {
            Ok(()) => {
                terminal::remark(format_args!("MNIST is now in {}", folder.display()));
                return Ok(());
            }
            Err(error) => failures.push(format!("{way}: {error:#}")),
        }
    }
    let names: Vec<&str> = files.iter().map(|file| file.name).collect();
    bail!(
        "MNIST could not be fetched: put its files {} (or the same with .gz) into a folder and name that with --data or \
         POCKETGAN_DATA; tried {}",
        names.join(", "),
        failures.join("; ")
    )
}
