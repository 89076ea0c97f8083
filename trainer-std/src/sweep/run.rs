//! One run of a sweep, and how far it is.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use pocketgan_core::infer::model::Kind;

use super::figures::Figures;
use super::{differs, options};
use crate::commands::train::TrainArguments;
use crate::output::summary::history::History;
use crate::training::config::Config;
use crate::training::options::Settings;
use crate::training::run_folder::{check_unused, config_of, metrics_of, model_of};

/// A setting with a seed.
#[derive(Clone)]
pub(crate) struct Run {
    name: String,
    folder: PathBuf,
    /// The arguments of `pocketgan train` that begin it.
    line: Vec<OsString>,
    settings: Settings,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum State {
    /// It has not begun.
    Missing,
    /// It has a folder with so many epochs.
    Unfinished(u32),
    /// All epochs are done and the models are there.
    Finished,
}

impl Run {
    /// # Errors
    /// If an argument is invalid.
    pub(super) fn new(name: String, folder: PathBuf, line: Vec<OsString>) -> Result<Self> {
        let settings = options::parse(&line)?.settings()?;
        Ok(Self { name, folder, line, settings })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Epochs of the whole run.
    pub(crate) fn epochs(&self) -> u32 {
        self.settings.recipe.epochs
    }

    /// Whether its models are those of the best checkpoint.
    pub(super) fn keeps_best(&self) -> bool {
        self.settings.schedule.best
    }

    /// The arguments that begin or resume it.
    ///
    /// # Errors
    /// If one is invalid.
    pub(crate) fn arguments(&self) -> Result<TrainArguments> {
        let arguments = options::parse(&self.line)?;
        Ok(if config_of(&self.folder).exists() { arguments.resuming(&self.folder) } else { arguments })
    }

    /// # Errors
    /// If its folder has something else, or cannot be read.
    pub(crate) fn state(&self) -> Result<State> {
        if !self.folder.exists() {
            return Ok(State::Missing);
        }
        if !config_of(&self.folder).exists() {
            return check_unused(&self.folder).map(|()| State::Missing);
        }
        self.check_settings()?;
        let epoch = self.epochs_done()?;
        let has_models = [Kind::F32, Kind::Int8].iter().all(|&kind| model_of(&self.folder, kind).exists());
        Ok(if epoch >= self.epochs() && has_models { State::Finished } else { State::Unfinished(epoch) })
    }

    /// # Errors
    /// If the run in its folder is another one.
    fn check_settings(&self) -> Result<()> {
        let found = Config::load(&config_of(&self.folder))?.settings();
        let difference = differs(&found, &self.settings)?;
        ensure!(
            difference.is_none(),
            "{} is a run with other options: {}; choose another folder for this sweep with --out",
            self.folder.display(),
            difference.unwrap_or_default()
        );
        Ok(())
    }

    /// SHA-256 of the images that it began with, if it has begun and its configuration can be read.
    pub(super) fn images(&self) -> Option<[u8; 32]> {
        Config::load(&config_of(&self.folder)).ok().map(|config| *config.data_sha256())
    }

    fn epochs_done(&self) -> Result<u32> {
        // A run that was killed early has no table yet.
        if !metrics_of(&self.folder).exists() {
            return Ok(0);
        }
        let history = History::read(&metrics_of(&self.folder))?;
        Ok(history.series("d_loss").last().map_or(0, |&(epoch, _)| epoch))
    }

    /// What the finished run measured.
    ///
    /// # Errors
    /// If its table cannot be read.
    pub(super) fn figures(&self) -> Result<Figures> {
        Ok(Figures::of(&History::read(&metrics_of(&self.folder))?, self.keeps_best()))
    }
}
