//! Periodic evaluations during a training, and its best checkpoint.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::data::{self, Dataset, Reference};
use crate::evaluation::classifier::Classifier;
use crate::evaluation::evaluator::{COUNT, Evaluator};
use crate::export::draw::draw_in_chunks;
use crate::export::float;
use crate::output::terminal;
use crate::training::checkpoint::{load_best, save_best};
use crate::training::config::Config;
use crate::training::metrics::{Evaluation, has_real, write_real};
use crate::training::run_folder::RunFolder;
use crate::training::state::TrainingState;
use crate::training::threads::Threads;

/// Evaluates the samples of a training and keeps its best checkpoint.
pub(crate) struct Quality<'a> {
    dataset: &'a Dataset,
    reference: Reference,
    threads: &'a Threads,
    every: u32,
    /// Made when it is first needed, since its classifier may have to be trained.
    evaluator: Option<Evaluator<'a>>,
    /// The classifier, if it was needed without an evaluator.
    alone: Option<Classifier>,
    best_path: PathBuf,
    /// The Fréchet distance of the checkpoint at `best_path`.
    best: Option<f64>,
    /// The path of `real.csv`.
    real_path: PathBuf,
}

/// The test images that evaluations of a run on `dataset` need, and labels: its own, or else those of MNIST must be to be
/// had. If there are none, a message says so and the result is `None`.
///
/// # Errors
/// If there are none although evaluations are `required`.
pub(crate) fn reference(dataset: &Dataset, required: bool) -> Result<Option<Reference>> {
    match measurable(dataset) {
        Ok(reference) => Ok(Some(reference)),
        Err(error) if required => Err(error
            .context("--best and --eval-every need test images (`--recipe best` with `--best=false` trains without)")),
        Err(error) => {
            terminal::progress(format_args!("no evaluations: {error:#}"));
            Ok(None)
        }
    }
}

fn measurable(dataset: &Dataset) -> Result<Reference> {
    let reference = dataset.reference()?;
    if reference.labels().is_err() {
        data::load_mnist()?.reference()?;
    }
    Ok(reference)
}

impl<'a> Quality<'a> {
    /// The evaluations of the run in `folder` on `dataset`.
    pub(crate) fn new(
        dataset: &'a Dataset,
        reference: Reference,
        threads: &'a Threads,
        config: &Config,
        folder: &RunFolder,
    ) -> Self {
        let (best_path, every) = (folder.best(), config.eval_interval());
        let best = known_best(&best_path);
        let real_path = folder.real();
        Self { dataset, reference, threads, every, evaluator: None, alone: None, best_path, best, real_path }
    }

    /// Evaluates the samples of `state` if that is due, and keeps it if it is the best so far.
    ///
    /// # Errors
    /// If the evaluation classifier cannot be trained or a file cannot be written.
    pub(crate) fn after_epoch(&mut self, state: &TrainingState) -> Result<Option<Evaluation>> {
        if !state.progress.epoch.is_multiple_of(self.every) {
            return Ok(None);
        }
        let began = Instant::now();
        let metrics =
            self.evaluator()?.evaluate(&draw_in_chunks(0..COUNT, |seeds| float::pictures(state.generator(), seeds)));
        if self.best.is_none_or(|best| metrics.frechet_distance < best) && state.is_finite() {
            save_best(&self.best_path, state, metrics.frechet_distance).context("the best checkpoint")?;
            self.best = Some(metrics.frechet_distance);
        }
        let evaluation = Evaluation { metrics, seconds: began.elapsed().as_secs_f64() };
        self.evaluate_real()?;
        Ok(Some(evaluation))
    }

    /// Saves the metrics of real images, which are the same after every epoch.
    fn evaluate_real(&mut self) -> Result<()> {
        if has_real(&self.real_path)? {
            return Ok(());
        }
        let began = Instant::now();
        let metrics = self.evaluator()?.evaluate_real(COUNT);
        write_real(&self.real_path, &Evaluation { metrics, seconds: began.elapsed().as_secs_f64() })
    }

    /// The classifier of the images alone, if they have labels: an evaluator, if there is none yet, would take more time
    /// and memory.
    pub(crate) fn classifier(&mut self) -> Result<Option<&Classifier>> {
        let Ok(labels) = self.reference.labels() else { return Ok(None) };
        match &self.evaluator {
            Some(evaluator) => Ok(Some(&evaluator.classifier)),
            None => Ok(Some(self.alone.insert(Classifier::of(self.dataset, labels, self.threads)?))),
        }
    }

    fn evaluator(&mut self) -> Result<&Evaluator<'a>> {
        let evaluator = match self.evaluator.take() {
            Some(evaluator) => evaluator,
            None => Evaluator::new(self.dataset, &self.reference, self.threads)?,
        };
        Ok(self.evaluator.insert(evaluator))
    }
}

/// The Fréchet distance of the best checkpoint so far. One that cannot be used will be replaced.
fn known_best(path: &Path) -> Option<f64> {
    if !path.exists() {
        return None;
    }
    let best = load_best(path).map(|(_, distance)| distance);
    best.inspect_err(|error| terminal::remark(format_args!("{error:#}; it will be replaced"))).ok()
}
