//! `pocketgan train`: a run from its beginning, or from its newest checkpoint, to its last epoch.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use crate::data;
use crate::training::config::Config;
use crate::training::instruction_set::{isa, remark_on_default, remark_on_speed};
use crate::training::interrupt::Interrupt;
use crate::training::options::{FIXED, Options, Settings};
use crate::training::preview::Preview;
use crate::training::quality::{self, Quality};
use crate::training::resume::restore;
use crate::training::run::Run;
use crate::training::run_folder::RunFolder;
use crate::training::session::Session;
use crate::training::threads::{self, Threads};

/// Train both networks, by default for 300 epochs of MNIST.
///
/// Writes metrics, curves, samples, an animation, checkpoints and, at the end, the models into a new folder, with an
/// index.html that shows all of it. Ctrl-C saves a checkpoint and stops.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan train\n  \
    pocketgan train --recipe best\n  \
    pocketgan train --recipe best --data letters\n  \
    pocketgan train --epochs 20 --data /usr/share/datasets/fashion-mnist --out runs/fashion\n  \
    pocketgan train --resume runs/0001")]
pub(crate) struct TrainArguments {
    #[command(flatten)]
    options: Options,
    /// Number of threads; the result does not depend on it [default: the number of cores]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Instruction set: portable, avx2, avx512 or neon; portable rounds differently [default: the fastest available]
    #[arg(long, value_name = "NAME")]
    isa: Option<String>,
    /// Images to train on: a folder of pictures (one folder for each class), a zip archive of them, .npz, .npy, .csv, or
    /// MNIST's files and those of its relatives; see `pocketgan data` [default: POCKETGAN_DATA, or MNIST, downloaded once]
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Folder for the results; must be new or empty [default: the next of runs/0001, runs/0002, ... that is free]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Resume the run in this folder from its newest checkpoint
    #[arg(long, value_name = "DIR", conflicts_with = FIXED)]
    resume: Option<PathBuf>,
    /// Show samples as characters above the progress bar after each epoch; needs a terminal
    #[arg(long)]
    preview: bool,
}

impl TrainArguments {
    /// These arguments for the run that has begun in `folder`.
    pub(crate) fn resuming(self, folder: &Path) -> Self {
        Self { out: None, resume: Some(folder.to_owned()), ..self }
    }

    /// The settings of the new run that these arguments begin.
    ///
    /// # Errors
    /// If a value is out of range; the message names the option.
    pub(crate) fn settings(&self) -> Result<Settings> {
        isa(self.isa.as_deref())?;
        threads::count(self.threads)?;
        self.options.new_run()
    }
}

pub(crate) fn train(arguments: &TrainArguments) -> Result<()> {
    train_until(arguments, Interrupt::listen)
}

/// Trains until the last epoch or until what `listen` gives is asked to stop. It is called when everything is loaded:
/// until then nothing would be lost, and the first Ctrl-C is to end the program.
pub(crate) fn train_until(arguments: &TrainArguments, listen: impl FnOnce() -> Result<Interrupt>) -> Result<()> {
    let isa = isa(arguments.isa.as_deref())?;
    let threads = Threads::start(threads::count(arguments.threads)?)?;
    let preview = arguments.preview.then(Preview::start).transpose()?;
    match &arguments.resume {
        None => {
            let settings = arguments.options.new_run()?;
            let dataset = data::load(arguments.data.as_deref(), settings.recipe.preparation())?;
            let config = Config::new(settings, arguments.data.as_deref(), *dataset.images.sha256())?;
            remark_on_speed(isa, config.recipe.precision);
            if !arguments.options.include("precision") {
                remark_on_default(config.recipe.precision);
            }
            let reference = quality::reference(&dataset, config.schedule.requires_evaluation())?;
            let folder = begin(&config, arguments.out.as_deref())?;
            let session = Session::start(config.recipe.clone(), &dataset.images, &threads, isa);
            let quality = reference.map(|reference| Quality::new(&dataset, reference, &threads, &config, &folder));
            Run::new(folder, config, session, quality, preview, listen()?)?.finish(&threads)
        }
        Some(path) => {
            let folder = RunFolder::open(path)?;
            let config = Config::load(&folder.config())?.changed(&arguments.options)?;
            let dataset = data::load(arguments.data.as_deref().or(config.data()), config.recipe.preparation())?;
            config.check_images(&dataset)?;
            remark_on_speed(isa, config.recipe.precision);
            let session = match restore(&folder, &config.recipe)? {
                Some(state) => Session::resume(state, &dataset.images, &threads, isa)?,
                None => Session::start(config.recipe.clone(), &dataset.images, &threads, isa),
            };
            let reference = quality::reference(&dataset, config.schedule.requires_evaluation())?;
            let quality = reference.map(|reference| Quality::new(&dataset, reference, &threads, &config, &folder));
            config.save(&folder.config())?;
            Run::new(folder, config, session, quality, preview, listen()?)?.finish(&threads)
        }
    }
}

/// The folder of a new run with its configuration in it, or no folder at all.
fn begin(config: &Config, out: Option<&Path>) -> Result<RunFolder> {
    let folder = RunFolder::create(out)?;
    match config.save(&folder.config()) {
        Ok(()) => Ok(folder),
        Err(error) => {
            folder.discard();
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parsing::parse;

    #[test]
    fn options_that_determine_the_networks_cannot_change_when_a_run_is_resumed() {
        let resumes = |options: &str| parse::<TrainArguments>(&format!("--resume run {options}")).is_ok();
        for option in
            ["--seed 1", "--batch 32", "--lr-g 1", "--k 2", "--out x", "--ema 0.9", "--r1 10", "--recipe best"]
        {
            assert!(!resumes(option), "{option} was accepted");
        }
        assert!(resumes("--epochs 400 --threads 1 --data x --checkpoint-every 5 --eval-every 5 --best --isa avx2"));
    }
}
