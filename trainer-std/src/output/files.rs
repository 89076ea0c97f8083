//! Files that are written whole or not at all.
//!
//! The bytes go to a temporary file in the target's own folder, which is synced and then renamed over the target.
//! Whoever looks, at any moment and after any crash, finds the old file or the new one, never a part of one.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::NamedTempFile;

use crate::output::destination::{Destination, folder_of};
use crate::output::terminal::write_stdout;

/// How the names of temporary files end; they start with a dot and the target's name.
const UNFINISHED: &str = ".pocketgan-part";

/// Replaces the file at `path` by `bytes`, or leaves everything as it was and says why.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole_with(path, |out| Ok(out.write_all(bytes)?))
}

/// Like [`write_whole`], with the bytes coming from `fill`; an error from `fill` leaves everything as it was.
///
/// Symbolic links stay, even those to nothing. Into a stream (a pipe, a device, `/dev/stdout`) the bytes go when there are
/// all of them.
pub(crate) fn write_whole_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let written = match Destination::of(path) {
        Ok(Destination::File(path)) => replace(&path, fill),
        Ok(Destination::Stdout) => filled(fill).and_then(|bytes| write_stdout(|out| out.write_all(&bytes))),
        Ok(Destination::Stream(path)) => filled(fill).and_then(|bytes| append(&path, &bytes)),
        Err(error) => Err(error.into()),
    };
    written.with_context(|| format!("{} could not be written", path.display()))
}

fn filled(fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fill(&mut bytes)?;
    Ok(bytes)
}

/// Behind a path such as `/dev/fd/3` may be a regular file, which opening must not empty.
fn append(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(File::options().append(true).open(path)?.write_all(bytes)?)
}

/// Removes temporary files that killed processes left in `folder`, if they have not changed for `idle`.
///
/// Best effort: what cannot be removed only takes room.
pub(crate) fn remove_leftovers(folder: &Path, idle: Duration) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let unfinished = name.to_string_lossy().ends_with(UNFINISHED);
        if unfinished && is_idle(&entry, idle) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_idle(entry: &fs::DirEntry, idle: Duration) -> bool {
    let modified = entry.metadata().and_then(|data| data.modified());
    modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age >= idle))
}

/// The temporary file removes itself when this returns early.
fn replace(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    ensure!(!path.is_dir(), "it is a folder, and a file is to be written there");
    let folder = folder_of(path);
    let temporary = create_beside(path, folder)?;
    let mut out = BufWriter::new(temporary.as_file());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder);
    Ok(())
}

fn create_beside(path: &Path, folder: &Path) -> Result<NamedTempFile> {
    let Some(name) = path.file_name() else {
        bail!("it names no file");
    };
    ensure!(!folder.is_file(), "{} is a file, not a folder", folder.display());
    ensure!(folder.is_dir(), "the folder {} does not exist; create it first", folder.display());
    let prefix = format!(".{}.", name.to_string_lossy());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(ordinary_permissions());
    Ok(builder.tempfile_in(folder)?)
}

/// What any new file gets before the umask; tempfile's own choice would hide results from everybody but their owner.
#[cfg(unix)]
fn ordinary_permissions() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

/// Makes the rename itself durable. Best effort: some network file systems refuse it, and the file is whole either way.
#[cfg(unix)]
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Elsewhere a folder cannot be opened to be synced.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_created_and_then_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write_whole(&path, b"old and longer").unwrap();
        write_whole(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names_in(folder.path()), ["a.bin"]);
    }

    #[test]
    fn a_failed_write_keeps_the_old_file_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write_whole(&path, b"old").unwrap();
        let failed = write_whole_with(&path, |out| {
            out.write_all(&[7; 100_000])?;
            bail!("the source ended")
        });
        let message = format!("{:#}", failed.unwrap_err());
        assert!(message.ends_with("a.bin could not be written: the source ended"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names_in(folder.path()), ["a.bin"]);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let failed = write_whole(&folder.path().join("none/a.bin"), b"x").unwrap_err();
        let message = format!("{failed:#}");
        assert!(message.contains("none does not exist; create it first"), "{message}");
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_named_as_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), b"").unwrap();
        let failed = write_whole(&folder.path().join("a/b.bin"), b"x").unwrap_err();
        let message = format!("{failed:#}");
        assert!(message.ends_with("a is a file, not a folder"), "{message}");
    }

    #[test]
    fn a_folder_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let failed = write_whole(folder.path(), b"x").unwrap_err();
        assert!(format!("{failed:#}").contains("it is a folder"));
    }

    #[test]
    fn leftovers_go_once_they_are_idle_and_other_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let leftover = create_beside(&folder.path().join("a"), folder.path()).unwrap();
        leftover.keep().unwrap();
        fs::write(folder.path().join("a"), b"").unwrap();
        remove_leftovers(folder.path(), Duration::from_secs(60));
        assert_eq!(names_in(folder.path()).len(), 2);
        remove_leftovers(folder.path(), Duration::ZERO);
        assert_eq!(names_in(folder.path()), ["a"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_even_one_to_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::os::unix::fs::symlink("target", &link).unwrap();
        for content in [b"old", b"new"] {
            write_whole(&link, content).unwrap();
            assert!(link.is_symlink());
            assert_eq!(fs::read(&target).unwrap(), content);
        }
    }

    /// A pipe of our own and never a real device, which a mistake here would replace for the whole machine.
    #[cfg(unix)]
    #[test]
    fn a_pipe_is_written_through_and_stays_a_pipe() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let end = pipe.clone();
        let reader = std::thread::spawn(move || fs::read(end).unwrap());
        write_whole(&pipe, b"through").unwrap();
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        assert_eq!(reader.join().unwrap(), b"through");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_has_the_permissions_any_new_file_has() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        write_whole(&ours, b"").unwrap();
        fs::write(&plain, b"").unwrap();
        let permissions = |path| fs::metadata(path).unwrap().permissions();
        assert_eq!(permissions(ours), permissions(plain));
    }
}
