//! Writing files whole or not at all.

use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

/// Writes a file, or leaves what was there as it was.
///
/// # Errors
/// If the folder does not exist or cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, |part| fs::write(part, bytes).with_context(|| format!("{} cannot be written", path.display())))
}

/// Copies a file over another that may be in use, or leaves that as it was.
///
/// # Errors
/// If it cannot be read, or the folder cannot be written.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    put(to, |part| fs::copy(from, part).map(drop).with_context(|| format!("{} cannot be copied", from.display())))
}

/// Has `fill` write a file beside `path` and then gives it that name.
fn put(path: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let part = part_of(path);
    let rename = || fs::rename(&part, path).with_context(|| format!("{} cannot be written", path.display()));
    fill(&part).and_then(|()| rename()).inspect_err(|_| {
        // It may not exist.
        let _ = fs::remove_file(&part);
    })
}

/// The name of this process's unfinished file: in the same folder, so that it can be renamed.
fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_or_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write(&path, b"first").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert!(copy(&folder.path().join("missing"), &path).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"second");
        // A folder of this name cannot be replaced by a file.
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(write(&taken, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing unfinished is left");
    }
}
