//! Where the path given with `--out` leads: to a file, which is replaced, or into a stream, which is written through.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Result, ensure};

use crate::output::terminal;

/// Symbolic links that are followed at most, as many as Linux follows.
const MAX_LINKS: usize = 40;

/// What a path stands for, with all symbolic links followed.
#[derive(Debug, PartialEq)]
pub(crate) enum Destination {
    /// A regular file, or a path where nothing exists yet.
    File(PathBuf),
    /// Standard output. Opening its path would start at the file's beginning and forget that it was opened for appending.
    Stdout,
    /// A pipe, a device or an open file descriptor. It has no old content to keep and must not be renamed over.
    Stream(PathBuf),
}

impl Destination {
    /// # Errors
    /// If symbolic links lead around in a circle.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            match descriptor(&path) {
                Some(1) => return Ok(Self::Stdout),
                Some(_) => return Ok(Self::Stream(path)),
                None => {}
            }
            match fs::read_link(&path) {
                Ok(target) => path = folder_of(&path).join(target),
                Err(_) if is_stream(&path) => return Ok(Self::Stream(path)),
                Err(_) => return Ok(Self::File(path)),
            }
        }
        Err(io::Error::other("too many levels of symbolic links"))
    }
}

/// Checks that writing to `out` does not replace the file that is read.
///
/// # Errors
/// If both are the same file.
pub(crate) fn check_spares(input: &Path, out: &Path) -> Result<()> {
    let same = input.is_file() && matches!((input.canonicalize(), out.canonicalize()), (Ok(a), Ok(b)) if a == b);
    ensure!(!same, "--out {}: this is the file that is read, and it would be lost; choose another name", out.display());
    Ok(())
}

/// The file descriptor of this process that `path` names, such as `/dev/fd/1` or, on Linux, `/proc/self/fd/1`.
fn descriptor(path: &Path) -> Option<u32> {
    let number = path.file_name()?.to_str()?.parse().ok()?;
    let (folder, descriptors) = (folder_of(path).canonicalize().ok()?, Path::new("/dev/fd").canonicalize().ok()?);
    (folder == descriptors).then_some(number)
}

fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// The folder that the last component of `path` is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Prints a line about what was written to `out`: to standard error if that is a stream, which may be standard output
/// itself.
///
/// # Errors
/// Those of [`terminal::print`].
pub(crate) fn print_about(out: &Path, line: impl Display) -> Result<()> {
    match Destination::of(out) {
        Ok(Destination::File(_)) => terminal::print_line(line),
        _ => {
            terminal::remark(line);
            Ok(())
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_to_files_and_streams_and_to_where_nothing_is_yet() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), b"").unwrap();
        for (link, target) in [
            ("to-file", "file"),
            ("twice", "to-file"),
            ("dangling", "nothing"),
            ("to-null", "/dev/null"),
            ("to-stdout.png", "/dev/stdout"),
            ("to-stderr", "/dev/fd/2"),
            ("circle", "circle"),
        ] {
            symlink(target, path(link)).unwrap();
        }
        let found = |name: &str| Destination::of(&path(name)).unwrap();
        for (name, file) in [("file", "file"), ("twice", "file"), ("dangling", "nothing"), ("absent", "absent")] {
            assert_eq!(found(name), Destination::File(path(file)));
        }
        assert_eq!(found("to-null"), Destination::Stream("/dev/null".into()));
        assert_eq!(found("to-stderr"), Destination::Stream("/dev/fd/2".into()));
        assert_eq!(found("to-stdout.png"), Destination::Stdout);
        assert_eq!(Destination::of(Path::new("/dev/fd/1")).unwrap(), Destination::Stdout);
        assert!(Destination::of(&path("circle")).unwrap_err().to_string().contains("symbolic links"));
    }
}
