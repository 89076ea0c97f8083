//! The folder of a run: the paths of its files, and a lock against a second training.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use pocketgan_core::infer::model::Kind;

use crate::output::files::remove_leftovers;

/// The default folder of runs.
const RUNS: &str = "runs";
const LOCK: &str = "lock";
const PARTS: [&str; 3] = ["checkpoints", "samples", "frames"];

/// The folder of a run, locked until this is dropped.
pub(crate) struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// A new folder for a run: `path`, or the next free number below `runs/`.
    ///
    /// # Errors
    /// If the folder cannot be created, or contains anything but what a failed start left there.
    pub(crate) fn create(path: Option<&Path>) -> Result<Self> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => next_free(Path::new(RUNS))?,
        };
        fs::create_dir_all(&path).with_context(|| format!("{}: the folder cannot be created", path.display()))?;
        check_unused(&path)?;
        let folder = Self::lock(path)?;
        remove_leftovers(&folder.path, Duration::ZERO);
        folder.create_parts().inspect_err(|_| folder.discard())?;
        Ok(folder)
    }

    /// The folder of an existing run.
    ///
    /// # Errors
    /// If it does not exist, cannot be written, or another training writes there.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        ensure!(path.is_dir(), "{}: there is no such folder; give that of a run, such as runs/0001", path.display());
        ensure!(config_of(path).exists(), "{} has no config.json; is it the folder of a run?", path.display());
        let folder = Self::lock(path.to_owned())?;
        folder.create_parts()?;
        for part in [folder.path.clone(), folder.checkpoints(), folder.samples(), folder.frames()] {
            remove_leftovers(&part, Duration::ZERO);
        }
        Ok(folder)
    }

    /// Removes what [`RunFolder::create`] has created, as far as it is empty. What remains can still become a run.
    pub(crate) fn discard(&self) {
        for part in PARTS {
            let _ = fs::remove_dir(self.path.join(part));
        }
        let _ = fs::remove_file(self.path.join(LOCK));
        let _ = fs::remove_dir(&self.path);
    }

    fn lock(path: PathBuf) -> Result<Self> {
        let at = path.join(LOCK);
        let file = File::create(&at).with_context(|| format!("{} cannot be written", at.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("{}: another training is writing there", path.display()),
            // Some network file systems have no locks; there the user has to avoid two trainings at once.
            Err(TryLockError::Error(_)) => {}
        }
        Ok(Self { path, _lock: file })
    }

    fn create_parts(&self) -> Result<()> {
        PARTS.iter().map(|part| self.path.join(part)).try_for_each(|part| {
            fs::create_dir_all(&part).with_context(|| format!("{}: the folder cannot be created", part.display()))
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn checkpoints(&self) -> PathBuf {
        checkpoints_of(&self.path)
    }

    /// The best of the checkpoints that were evaluated; not among the others, of which old ones are removed.
    pub(crate) fn best(&self) -> PathBuf {
        best_of(&self.path)
    }

    fn samples(&self) -> PathBuf {
        self.path.join("samples")
    }

    pub(crate) fn config(&self) -> PathBuf {
        config_of(&self.path)
    }

    pub(crate) fn metrics(&self) -> PathBuf {
        metrics_of(&self.path)
    }

    /// The single picture of the recipe after `epoch`.
    pub(crate) fn sample(&self, epoch: u32) -> PathBuf {
        self.samples().join(format!("epoch-{epoch:05}.png"))
    }

    /// The grid of pictures after `epoch`.
    pub(crate) fn sample_grid(&self, epoch: u32) -> PathBuf {
        self.samples().join(format!("epoch-{epoch:05}-grid.png"))
    }

    fn frames(&self) -> PathBuf {
        self.path.join("frames")
    }

    /// The animation's picture after `epoch`.
    pub(crate) fn frame(&self, epoch: u32) -> PathBuf {
        self.frames().join(format!("epoch-{epoch:05}.png"))
    }

    pub(crate) fn animation(&self) -> PathBuf {
        self.path.join("animation.gif")
    }

    pub(crate) fn losses(&self) -> PathBuf {
        self.path.join("losses.svg")
    }

    pub(crate) fn quality(&self) -> PathBuf {
        self.path.join("quality.svg")
    }

    /// The figures of real images, in the columns of the metrics.
    pub(crate) fn real(&self) -> PathBuf {
        self.path.join("real.csv")
    }

    /// The page that shows the run.
    pub(crate) fn page(&self) -> PathBuf {
        self.path.join("index.html")
    }

    /// The page that draws from the run's int8 model.
    pub(crate) fn model_page(&self) -> PathBuf {
        self.path.join("model-int8.html")
    }

    pub(crate) fn model(&self, kind: Kind) -> PathBuf {
        model_of(&self.path, kind)
    }
}

/// Where the checkpoints of the run in `folder` lie.
pub(crate) fn checkpoints_of(folder: &Path) -> PathBuf {
    folder.join("checkpoints")
}

/// Where the config of the run in `folder` lies.
pub(crate) fn config_of(folder: &Path) -> PathBuf {
    folder.join("config.json")
}

/// Where the best checkpoint of the run in `folder` lies.
pub(crate) fn best_of(folder: &Path) -> PathBuf {
    folder.join("best.ckpt")
}

/// Where the metrics of the run in `folder` lie.
pub(crate) fn metrics_of(folder: &Path) -> PathBuf {
    folder.join("metrics.csv")
}

/// Where the model of this kind lies that the run in `folder` exports at its end.
pub(crate) fn model_of(folder: &Path, kind: Kind) -> PathBuf {
    folder.join(format!("model-{kind}.pgan"))
}

/// # Errors
/// If the folder `path` contains anything but what a failed start left there.
pub(crate) fn check_unused(path: &Path) -> Result<()> {
    ensure!(is_unused(path)?, not_empty(path));
    Ok(())
}

/// Whether `folder` contains only what a run leaves there that ends before its configuration is saved.
fn is_unused(folder: &Path) -> Result<bool> {
    let mut entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    entries.try_fold(true, |unused, entry| {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_empty_part = PARTS.contains(&&*name) && fs::read_dir(entry.path())?.next().is_none();
        Ok(unused && (is_empty_part || name == LOCK || name.starts_with(".config.json.")))
    })
}

fn not_empty(folder: &Path) -> String {
    let (path, other) = (folder.display(), "choose another folder with --out");
    match config_of(folder).exists() {
        true => format!("{path} has a run already; resume it with --resume {path}, or {other}"),
        false => format!("{path} is not empty; {other}"),
    }
}

fn next_free(runs: &Path) -> Result<PathBuf> {
    let free = (1..=u32::MAX).map(|number| runs.join(format!("{number:04}"))).find(|path| !path.exists());
    free.with_context(|| format!("{} is full; choose a folder with --out", runs.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(path: &Path) -> Result<RunFolder> {
        RunFolder::create(Some(path))
    }

    #[test]
    fn a_discarded_folder_is_gone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("run");
        create(&path).unwrap().discard();
        assert!(!path.exists());
    }

    #[test]
    fn what_a_start_that_was_killed_leaves_can_become_a_run() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("run");
        drop(create(&path).unwrap());
        fs::write(path.join(".config.json.x.pocketgan-part"), b"{").unwrap();
        assert!(create(&path).is_ok());
        assert!(RunFolder::open(&path).err().unwrap().to_string().contains("has no config.json"));
    }

    #[test]
    fn a_folder_with_anything_else_does_not_become_a_run() {
        for (file, words) in
            [("notes.txt", "is not empty;"), ("config.json", "resume it with"), ("frames/x", "is not empty")]
        {
            let place = tempfile::tempdir().unwrap();
            drop(create(place.path()).unwrap());
            fs::write(place.path().join(file), b"").unwrap();
            let message = create(place.path()).err().unwrap().to_string();
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn a_folder_that_is_written_to_is_not_taken_and_not_removed() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("run");
        let _running = create(&path).unwrap();
        assert!(create(&path).err().unwrap().to_string().contains("another training"));
        assert!(path.join("frames").is_dir());
    }

    #[test]
    fn a_new_run_has_the_first_free_number_whatever_its_digits() {
        let runs = tempfile::tempdir().unwrap();
        assert_eq!(next_free(runs.path()).unwrap(), runs.path().join("0001"));
        (1..10_000).for_each(|number| fs::write(runs.path().join(format!("{number:04}")), b"").unwrap());
        assert_eq!(next_free(runs.path()).unwrap(), runs.path().join("10000"));
    }
}
