//! The checkpoints in a run's folder, in the order of their position in the training.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::output::files::write_whole;
use crate::output::terminal;
use crate::training::checkpoint::{encode, load};
use crate::training::state::{Progress, TrainingState};

/// Checkpoints of a run that are kept: the newest, and older ones in case that is damaged.
const KEPT: usize = 3;

/// Writes a checkpoint into `folder` and removes older ones but for a few.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn save(folder: &Path, state: &TrainingState) -> Result<PathBuf> {
    let path = folder.join(name(&state.progress));
    write_whole(&path, &encode(state, None)?)?;
    remove_old(folder, &path)?;
    Ok(path)
}

/// Keeps the checkpoint at `newest` and the few before it, and removes those before them. A process that was killed
/// between the two steps of [`save`] leaves that to the next.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn remove_old(folder: &Path, newest: &Path) -> Result<()> {
    let older = newest_first(folder)?.into_iter().skip_while(|path| path != newest);
    for old in older.skip(KEPT) {
        // What cannot be removed only takes space.
        let _ = fs::remove_file(old);
    }
    Ok(())
}

/// The newest checkpoint in `folder` that can be used, or `None` if there is no checkpoint at all. Damaged ones are named
/// on standard error.
///
/// # Errors
/// If there are checkpoints and none can be used.
pub(crate) fn newest_good(folder: &Path) -> Result<Option<(PathBuf, TrainingState)>> {
    let paths = newest_first(folder)?;
    for path in &paths {
        match load(path) {
            Ok(state) => return Ok(Some((path.clone(), state))),
            Err(error) => terminal::remark(format_args!("{error:#}; trying the one before it")),
        }
    }
    ensure!(
        paths.is_empty(),
        "{}: no checkpoint there can be used; copy the run again from where it came, or begin a new one",
        folder.display()
    );
    Ok(None)
}

fn name(progress: &Progress) -> String {
    format!("epoch-{:05}-batch-{:05}.ckpt", progress.epoch, progress.batch)
}

/// Epoch and batch in the name of a checkpoint; `None` if it is another file.
fn position(path: &Path) -> Option<(u32, u32)> {
    let name = path.file_name()?.to_str()?;
    let (epoch, batch) = name.strip_prefix("epoch-")?.strip_suffix(".ckpt")?.split_once("-batch-")?;
    Some((epoch.parse().ok()?, batch.parse().ok()?))
}

/// The checkpoints in `folder`. Their names are compared as numbers, whose digits they may outgrow.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn newest_first(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| position(path).is_some());
    paths.sort_unstable_by_key(|path| std::cmp::Reverse(position(path)));
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::checkpoint::tests::state;

    #[test]
    fn a_damaged_checkpoint_gives_way_to_the_one_before_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(newest_good(folder.path()).unwrap().is_none());
        save(folder.path(), &state(1, 0)).unwrap();
        let newest = save(folder.path(), &state(2, 0)).unwrap();
        fs::write(&newest, b"pgckpt\r\ndamaged").unwrap();
        let (_, found) = newest_good(folder.path()).unwrap().unwrap();
        assert_eq!(found.progress.epoch, 1);
        for path in newest_first(folder.path()).unwrap() {
            fs::write(path, b"").unwrap();
        }
        assert!(newest_good(folder.path()).is_err());
    }

    #[test]
    fn the_newest_three_are_kept_whatever_the_number_of_digits() {
        let positions = [(99_998, 0), (99_999, 0), (100_000, 99_999), (100_000, 100_000), (100_001, 0)];
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.ckpt"), b"").unwrap();
        for (epoch, batch) in positions {
            save(folder.path(), &state(epoch, batch)).unwrap();
            let newest = newest_good(folder.path()).unwrap().unwrap().1.progress;
            assert_eq!((newest.epoch, newest.batch), (epoch, batch));
        }
        let kept: Vec<_> = newest_first(folder.path()).unwrap().iter().filter_map(|path| position(path)).collect();
        assert_eq!(kept, [positions[4], positions[3], positions[2]]);
        assert!(folder.path().join("mine.ckpt").exists());
    }
}
