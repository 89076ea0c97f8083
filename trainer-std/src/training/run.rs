//! Runs a training to its end: its epochs, and the files that are due after each.

use std::time::Instant;

use anyhow::{Context, Result};
use pocketgan_core::infer::model::Kind;

use crate::export::digit_table::written;
use crate::export::generator_model::write_model;
use crate::export::web_page::write_page;
use crate::output::gallery;
use crate::output::shell::quoted;
use crate::output::summary;
use crate::output::terminal;
use crate::training::checkpoint::load_best;
use crate::training::checkpoint_folder;
use crate::training::config::Config;
use crate::training::interrupt::{Interrupt, Interrupted};
use crate::training::metrics::{Evaluation, Metrics};
use crate::training::preview::Preview;
use crate::training::progress::Progress;
use crate::training::quality::Quality;
use crate::training::run_folder::RunFolder;
use crate::training::session::Session;
use crate::training::threads::Threads;

/// A training and the files that it writes.
pub(crate) struct Run<'a> {
    folder: RunFolder,
    config: Config,
    session: Session<'a>,
    /// `None` without test images.
    quality: Option<Quality<'a>>,
    metrics: Metrics,
    preview: Option<Preview>,
    interrupt: Interrupt,
}

impl<'a> Run<'a> {
    /// Opens the table of metrics. The training stops when `interrupt` is asked to.
    ///
    /// # Errors
    /// If the table cannot be read or written.
    pub(crate) fn new(
        folder: RunFolder,
        config: Config,
        session: Session<'a>,
        quality: Option<Quality<'a>>,
        preview: Option<Preview>,
        interrupt: Interrupt,
    ) -> Result<Self> {
        let metrics = Metrics::open(folder.metrics(), session.state.progress.epoch)?;
        Ok(Self { folder, config, session, quality, metrics, preview, interrupt })
    }

    /// Trains to the last epoch and exports the models. Whatever ends the training, the page of the run shows what there is.
    ///
    /// # Errors
    /// If a loss or weight is not finite, a file cannot be written, or Ctrl-C ended it ([`Interrupted`]).
    pub(crate) fn finish(mut self, threads: &Threads) -> Result<()> {
        let folder = self.folder.path().display();
        terminal::progress(format_args!("training into {folder}, {} threads", threads.count()));
        let trained = self.train(threads).and_then(|()| threads.enter(|| self.export()));
        let summarised = self.summarise();
        trained.and(summarised)?;
        terminal::progress(self.folder.page().display());
        Ok(())
    }

    fn summarise(&self) -> Result<()> {
        summary::write(&self.folder, &self.config, self.session.state.progress.epoch)
    }

    fn train(&mut self, threads: &Threads) -> Result<()> {
        let batches = self.session.batches();
        let mut progress = Progress::start(self.config.recipe.epochs, self.session.state.progress.epoch, batches);
        while self.session.state.progress.epoch < self.config.recipe.epochs {
            threads.enter(|| self.epoch(&mut progress))?;
        }
        Ok(())
    }

    /// Trains the rest of the current epoch and saves what is due after it.
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
        let evaluation = self.evaluate()?;
        self.metrics.append(epoch, &means, seconds, evaluation.as_ref())?;
        progress.epoch(epoch, &means, seconds);
        if let Some(preview) = &self.preview {
            progress.show(preview.of(self.session.state.generator()));
        }
        if let Some(evaluation) = &evaluation {
            progress.say(&format!("epoch {epoch}: {evaluation}"));
        }
        self.save_what_is_due(progress, evaluation.is_some())
    }

    /// Evaluates the samples if that is due.
    fn evaluate(&mut self) -> Result<Option<Evaluation>> {
        let Some(quality) = &mut self.quality else { return Ok(None) };
        quality.after_epoch(&self.session.state)
    }

    /// Saves samples and a checkpoint if they are due, and updates the page of the run if there is something new to see.
    fn save_what_is_due(&self, progress: &Progress, evaluation: bool) -> Result<()> {
        let epoch = self.session.state.progress.epoch;
        let is_last = epoch == self.config.recipe.epochs;
        let pictured = gallery::save_due(&self.folder, &self.session.state, is_last)?;
        if epoch.is_multiple_of(self.config.schedule.checkpoint_every) || is_last {
            let path = self.save_checkpoint()?;
            progress.say(&format!("checkpoint {path}"));
        }
        // At the end there will be models as well.
        if (pictured || evaluation) && !is_last { self.summarise() } else { Ok(()) }
    }

    fn batch(&mut self) -> Result<()> {
        let report = self.session.batch();
        for (name, loss) in [("discriminator", report.d_loss), ("generator", report.g_loss)] {
            if !loss.is_finite() {
                return Err(self.diverged(&format!("the {name}'s loss became {loss}")));
            }
        }
        Ok(())
    }

    fn diverged(&self, what: &str) -> anyhow::Error {
        let at = self.session.state.progress;
        let folder = self.folder.checkpoints();
        let has_checkpoints = checkpoint_folder::newest_first(&folder).is_ok_and(|all| !all.is_empty());
        let kept = match has_checkpoints {
            true => format!("Earlier checkpoints are in {}", folder.display()),
            false => "No checkpoint was saved before".into(),
        };
        anyhow::anyhow!(
            "{what} in epoch {}, batch {}. {kept}; begin another run with lower learning rates",
            at.epoch + 1,
            at.batch,
        )
    }

    /// Saves a checkpoint; the error says where.
    fn stop(&mut self) -> Result<()> {
        let path = self.save_checkpoint()?;
        Err(Interrupted(format!(
            "{path} is saved; resume with `pocketgan train --resume {}`",
            quoted(self.folder.path())
        ))
        .into())
    }

    fn save_checkpoint(&self) -> Result<String> {
        let state = &self.session.state;
        if !state.is_finite() {
            return Err(self.diverged("a weight or moment became infinite or NaN"));
        }
        Ok(checkpoint_folder::save(&self.folder.checkpoints(), state)?.display().to_string())
    }

    /// Writes the models and a page that draws: of the best checkpoint if the schedule says so, otherwise of the last state.
    fn export(&mut self) -> Result<()> {
        let best = self.config.schedule.best.then(|| load_best(&self.folder.best())).transpose()?;
        let state = match &best {
            Some((state, distance)) => {
                let epoch = state.progress.epoch;
                terminal::progress(format_args!(
                    "exporting the best checkpoint, epoch {epoch}: Fréchet distance {distance:.2}"
                ));
                state
            }
            None => &self.session.state,
        };
        let classifier = self.quality.as_mut().map(Quality::classifier).transpose()?.flatten();
        if classifier.is_none() {
            terminal::progress("no seeds for digits: they need labels and test images");
        }
        let export = |kind| {
            let path = self.folder.model(kind);
            let file = write_model(kind, state.generator(), &state.metadata(), classifier, &path)
                .with_context(|| format!("the {kind} model could not be exported"))?;
            terminal::progress(written(&path, &file)?);
            anyhow::Ok(file)
        };
        export(Kind::F32)?;
        write_page(&export(Kind::Int8)?, "model-int8.pgan", &self.folder.model_page())
    }
}
