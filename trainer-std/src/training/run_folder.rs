//! The folder of a run: what lies where, and that one training at a time writes there.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use pocketgan_core::infer::model::Kind;

use crate::output::files::remove_leftovers;

/// Where runs go that were given no folder.
const RUNS: &str = "runs";

/// A run's folder, locked for as long as this lives.
pub(crate) struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// A new folder for a run: `path`, or the next free number below `runs/`.
    ///
    /// # Errors
    /// If something is in the folder already.
    pub(crate) fn create(path: Option<&Path>) -> Result<Self> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => next_free(Path::new(RUNS))?,
        };
        fs::create_dir_all(&path).with_context(|| format!("{}: the folder cannot be made", path.display()))?;
        let mut entries = fs::read_dir(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        ensure!(
            entries.next().is_none(),
            "{} is not empty; go on with `--resume {0}` or choose another folder with --out",
            path.display()
        );
        Self::lock(path)
    }

    /// The folder of a run that was begun.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        ensure!(path.is_dir(), "{}: there is no such folder", path.display());
        let folder = Self::lock(path.to_owned())?;
        for part in [folder.path.clone(), folder.checkpoints(), folder.samples(), folder.frames()] {
            remove_leftovers(&part, Duration::ZERO);
        }
        Ok(folder)
    }

    fn lock(path: PathBuf) -> Result<Self> {
        let at = path.join("lock");
        let file = File::create(&at).with_context(|| format!("{} cannot be written", at.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("{}: another training is writing there", path.display()),
            // Some network file systems have no locks: then two trainings at once are the user's to avoid.
            Err(TryLockError::Error(_)) => {}
        }
        for part in ["checkpoints", "samples", "frames"].map(|name| path.join(name)) {
            fs::create_dir_all(&part).with_context(|| format!("{}: the folder cannot be made", part.display()))?;
        }
        Ok(Self { path, _lock: file })
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
        self.path.join("metrics.csv")
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

    pub(crate) fn model(&self, kind: Kind) -> PathBuf {
        self.path.join(format!("model-{kind}.pgan"))
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

fn next_free(runs: &Path) -> Result<PathBuf> {
    let free = (1..10_000).map(|number| runs.join(format!("{number:04}"))).find(|path| !path.exists());
    free.with_context(|| format!("{} is full; choose a folder with --out", runs.display()))
}
