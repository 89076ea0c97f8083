//! `pocketgan train`: a run from its beginning, or from its last good checkpoint, to its last epoch.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use pocketgan_core::infer::model::Kind;

use crate::commands::export::metadata;
use crate::data;
use crate::export::digit_table::written;
use crate::export::generator_model::write_model;
use crate::output::gallery;
use crate::output::summary;
use crate::output::terminal;
use crate::training::checkpoint::{self, Checkpoint, load_best, newest_good};
use crate::training::config::{Config, Recipe};
use crate::training::instruction_set::isa;
use crate::training::interrupt::{Interrupt, Interrupted};
use crate::training::metrics::Metrics;
use crate::training::preview::Preview;
use crate::training::progress::Progress;
use crate::training::quality::{self, Measured, Quality};
use crate::training::run_folder::RunFolder;
use crate::training::session::Session;
use crate::training::settings::RecipeArguments;
use crate::training::threads::{self, Threads};

/// Train both networks, by default as the plain recipe says: 300 epochs of MNIST.
///
/// Writes metrics, curves, pictures, an animation, checkpoints and, at the end, the models into a folder of its own, with
/// an index.html that shows all of it. Ctrl-C saves a checkpoint and stops.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan train\n  \
    pocketgan train --recipe best\n  \
    pocketgan train --epochs 20 --data /usr/share/datasets/fashion-mnist --out runs/fashion\n  \
    pocketgan train --resume runs/0001")]
pub(crate) struct TrainArguments {
    /// Epochs to train for; with --resume, a new goal for the run
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<u32>,
    #[command(flatten)]
    pub(crate) recipe: RecipeArguments,
    /// Threads; the result does not depend on them [default: the machine's cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Instruction set: portable, avx2, avx512 or neon; the portable one rounds differently [default: the machine's fastest]
    #[arg(long, value_name = "NAME")]
    pub(crate) isa: Option<String>,
    /// Folder with train-images-idx3-ubyte (or .gz), or such a file: 28x28 images [default: POCKETGAN_DATA, or MNIST,
    /// fetched once]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// Folder for the results; must be new or empty [default: the next free runs/0001, runs/0002, ...]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the run in this folder, from its last good checkpoint
    #[arg(long, value_name = "DIR", conflicts_with = "RecipeArguments")]
    pub(crate) resume: Option<PathBuf>,
    /// Epochs from a checkpoint to the next [default: 10]
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint_every: Option<u32>,
    /// Epochs from an evaluation to the next, as `pocketgan eval` does it; its figures go into metrics.csv, and the best
    /// checkpoint is kept [default: 50, if labels and test images lie beside the training images]
    #[arg(long, value_name = "N")]
    pub(crate) eval_every: Option<u32>,
    /// Export the models from the best of the evaluated checkpoints instead of the last one [default: as the recipe has it]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) best: Option<bool>,
    /// Show the digits of now as characters above the bar, after each epoch; needs a terminal
    #[arg(long)]
    pub(crate) preview: bool,
}

pub(crate) fn train(arguments: &TrainArguments) -> Result<()> {
    let isa = isa(arguments.isa.as_deref())?;
    let threads = Threads::start(threads::count(arguments.threads)?)?;
    let preview = arguments.preview.then(Preview::start).transpose()?;
    match &arguments.resume {
        None => {
            let dataset = data::load(arguments.data.as_deref())?;
            let recipe = Recipe::new(arguments, *dataset.images.sha256())?;
            let config = Config::new(arguments, &recipe)?;
            let reference = quality::reference(&dataset, config.best || arguments.eval_every.is_some())?;
            let folder = RunFolder::create(arguments.out.as_deref())?;
            config.save(&folder.config())?;
            let session = Session::start(recipe, &dataset.images, &threads, isa);
            let quality = reference.map(|reference| Quality::new(&dataset, reference, &threads, &config, &folder));
            Run::new(folder, config, session, quality, preview)?.go(&threads)
        }
        Some(path) => {
            let folder = RunFolder::open(path)?;
            let config = Config::load(&folder.config())?.changed(arguments)?;
            let dataset = data::load(arguments.data.as_deref().or(config.data()))?;
            let recipe = config.recipe(*dataset.images.sha256(), &dataset.path)?;
            let session = match resumed(&folder, &recipe)? {
                Some(checkpoint) => Session::resume(checkpoint, &dataset.images, &threads, isa),
                None => Session::start(recipe, &dataset.images, &threads, isa),
            };
            let reference = quality::reference(&dataset, config.best || arguments.eval_every.is_some())?;
            let quality = reference.map(|reference| Quality::new(&dataset, reference, &threads, &config, &folder));
            config.save(&folder.config())?;
            Run::new(folder, config, session, quality, preview)?.go(&threads)
        }
    }
}

/// The run's newest good checkpoint; none if it was killed before the first.
fn resumed(folder: &RunFolder, recipe: &Recipe) -> Result<Option<Checkpoint>> {
    let Some((path, checkpoint)) = newest_good(&folder.checkpoints())? else {
        terminal::progress(format_args!("{}: no checkpoint yet; starting anew", folder.path().display()));
        return Ok(None);
    };
    if checkpoint.recipe != *recipe {
        bail!("{} is of another recipe than {}; restore one of them", path.display(), folder.config().display());
    }
    terminal::progress(format_args!("going on from {}", path.display()));
    Ok(Some(checkpoint))
}

/// A session and the files it leaves behind.
struct Run<'a> {
    folder: RunFolder,
    config: Config,
    session: Session<'a>,
    /// None if there is nothing to measure the pictures by.
    quality: Option<Quality<'a>>,
    metrics: Metrics,
    preview: Option<Preview>,
    interrupt: Interrupt,
}

impl<'a> Run<'a> {
    fn new(
        folder: RunFolder,
        config: Config,
        session: Session<'a>,
        quality: Option<Quality<'a>>,
        preview: Option<Preview>,
    ) -> Result<Self> {
        let metrics = Metrics::open(folder.metrics(), session.state.progress.epoch)?;
        Ok(Self { folder, config, session, quality, metrics, preview, interrupt: Interrupt::listen()? })
    }

    /// Whatever ends the training, what there is of it can be seen.
    fn go(mut self, threads: &Threads) -> Result<()> {
        let folder = self.folder.path().display();
        terminal::progress(format_args!("training into {folder}, {} threads", threads.count()));
        let ended = self.train(threads).and_then(|()| threads.enter(|| self.export()));
        let summed_up = self.sum_up();
        ended.and(summed_up)?;
        terminal::progress(self.folder.page().display());
        Ok(())
    }

    fn sum_up(&self) -> Result<()> {
        summary::write(&self.folder, &self.config, self.session.state.progress.epoch)
    }

    fn train(&mut self, threads: &Threads) -> Result<()> {
        let batches = self.session.batches();
        let mut progress = Progress::start(self.config.epochs, self.session.state.progress.epoch, batches);
        while self.session.state.progress.epoch < self.config.epochs {
            threads.enter(|| self.epoch(&mut progress))?;
        }
        Ok(())
    }

    /// The rest of the current epoch, and what is written after it.
    fn epoch(&mut self, progress: &mut Progress) -> Result<()> {
        let began = Instant::now();
        let batches = self.session.batches();
        while !self.session.epoch_is_over() {
            if self.interrupt.asked() {
                return self.stop();
            }
            self.batch()?;
            let at = self.session.state.progress;
            progress.batch(at.epoch, at.batch as usize, batches);
        }
        let (seconds, means) = (began.elapsed().as_secs_f64(), self.session.state.progress.sums.means());
        self.session.end_epoch();
        let epoch = self.session.state.progress.epoch;
        let measured = self.measure()?;
        self.metrics.append(epoch, &means, seconds, measured.as_ref())?;
        progress.epoch(epoch, &means, seconds);
        if let Some(preview) = &self.preview {
            progress.show(preview.of(self.session.state.generator()));
        }
        if let Some(measured) = &measured {
            progress.say(&format!("epoch {epoch}: {measured}"));
        }
        self.save_what_is_due(progress, measured.is_some())
    }

    /// What the pictures are like, if an evaluation is due.
    fn measure(&mut self) -> Result<Option<Measured>> {
        let Some(quality) = &mut self.quality else { return Ok(None) };
        quality.after_epoch(&self.session.state)
    }

    /// Pictures and checkpoints, after an epoch, and a summary of them if there is something new to see.
    fn save_what_is_due(&self, progress: &Progress, measured: bool) -> Result<()> {
        let epoch = self.session.state.progress.epoch;
        let is_last = epoch == self.config.epochs;
        let pictured = gallery::save_due(&self.folder, &self.session.state, is_last)?;
        if epoch.is_multiple_of(self.config.checkpoint_every) || is_last {
            let path = self.save_checkpoint()?;
            progress.say(&format!("checkpoint {path}"));
        }
        // At the end there will be models as well.
        if (pictured || measured) && !is_last { self.sum_up() } else { Ok(()) }
    }

    fn batch(&mut self) -> Result<()> {
        let report = self.session.batch();
        for (name, loss) in [("discriminator", report.d_loss), ("generator", report.g_loss)] {
            if !loss.is_finite() {
                return Err(self.broken_down(&format!("the {name}'s loss became {loss}")));
            }
        }
        Ok(())
    }

    fn broken_down(&self, what: &str) -> anyhow::Error {
        let at = self.session.state.progress;
        anyhow::anyhow!(
            "{what} in epoch {}, batch {}. The checkpoints before it are kept in {}; try lower learning rates",
            at.epoch + 1,
            at.batch,
            self.folder.checkpoints().display()
        )
    }

    /// Saves where we are and gives the error that says so.
    fn stop(&mut self) -> Result<()> {
        let path = self.save_checkpoint()?;
        Err(Interrupted(format!(
            "{path} is saved; go on with `pocketgan train --resume {}`",
            self.folder.path().display()
        ))
        .into())
    }

    fn save_checkpoint(&self) -> Result<String> {
        let state = &self.session.state;
        if !state.is_finite() {
            return Err(self.broken_down("a weight became infinite or no number"));
        }
        Ok(checkpoint::save(&self.folder.checkpoints(), state)?.display().to_string())
    }

    /// Writes the models: of the best checkpoint, if that was asked for, or else of the last.
    fn export(&mut self) -> Result<()> {
        let best = self.config.best.then(|| load_best(&self.folder.best())).transpose()?;
        let checkpoint = match &best {
            Some((checkpoint, distance)) => {
                let epoch = checkpoint.progress.epoch;
                terminal::progress(format_args!("the best is that of epoch {epoch}: Fréchet distance {distance:.2}"));
                checkpoint
            }
            None => &self.session.state,
        };
        let classifier = self.quality.as_mut().map(Quality::classifier).transpose()?;
        if classifier.is_none() {
            terminal::progress("no seeds for digits: there are no labels to tell digits apart by");
        }
        [Kind::F32, Kind::Int8].into_iter().try_for_each(|kind| {
            let path = self.folder.model(kind);
            let file = write_model(kind, checkpoint.generator(), &metadata(checkpoint), classifier, &path)
                .with_context(|| format!("the {kind} model could not be exported"))?;
            terminal::progress(written(&path, &file)?);
            Ok(())
        })
    }
}
