//! How good the pictures of a training are, every so many epochs, and the checkpoint with the best ones.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::data::{Dataset, Reference};
use crate::evaluation::classifier::Classifier;
use crate::evaluation::evaluator::{COUNT, Evaluator, QualityMetrics};
use crate::export::draw::draw_in_chunks;
use crate::export::float;
use crate::output::terminal;
use crate::training::checkpoint::{Checkpoint, load_best, save_best};
use crate::training::config::Config;
use crate::training::metrics::write_real;
use crate::training::run_folder::RunFolder;
use crate::training::threads::Threads;

/// What an evaluation found.
pub(crate) struct Measured {
    pub(crate) figures: QualityMetrics,
    /// What it took.
    pub(crate) seconds: f64,
}

/// Evaluates a training's pictures and keeps its best checkpoint.
pub(crate) struct Quality<'a> {
    dataset: &'a Dataset,
    reference: Reference,
    threads: &'a Threads,
    every: u32,
    /// Made when it is first needed: its classifier may have to learn.
    evaluator: Option<Evaluator<'a>>,
    /// The classifier, if it was needed without an evaluator.
    alone: Option<Classifier>,
    best_path: PathBuf,
    /// The distance of the checkpoint there.
    best: Option<f64>,
    /// Where the figures of real images are kept.
    real_path: PathBuf,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let QualityMetrics { frechet_distance, precision, recall, .. } = &self.figures;
        write!(f, "Fréchet distance {frechet_distance:.2}, precision {precision:.3}, recall {recall:.3}")?;
        write!(f, " ({:.1} s)", self.seconds)
    }
}

/// What the pictures of a run on `dataset` can be measured by. None, and that is said, if labels and test images are not
/// to be had.
///
/// # Errors
/// If they are not to be had but are `needed`.
pub(crate) fn reference(dataset: &Dataset, needed: bool) -> Result<Option<Reference>> {
    match dataset.reference() {
        Ok(reference) => Ok(Some(reference)),
        Err(error) if needed => Err(error.context(
            "the pictures cannot be evaluated (a training with --best=false and without --eval-every need not)",
        )),
        Err(error) => {
            terminal::progress(format_args!("no evaluations: {error:#}"));
            Ok(None)
        }
    }
}

impl<'a> Quality<'a> {
    /// The quality of a run on `dataset`.
    pub(crate) fn new(
        dataset: &'a Dataset,
        reference: Reference,
        threads: &'a Threads,
        config: &Config,
        folder: &RunFolder,
    ) -> Self {
        let (best_path, every) = (folder.best(), config.eval_every);
        let best = known_best(&best_path);
        let real_path = folder.real();
        Self { dataset, reference, threads, every, evaluator: None, alone: None, best_path, best, real_path }
    }

    /// What the pictures of `state` are like, if that is due, and keeps it if it is the best so far.
    pub(crate) fn after_epoch(&mut self, state: &Checkpoint) -> Result<Option<Measured>> {
        if !state.progress.epoch.is_multiple_of(self.every) {
            return Ok(None);
        }
        let began = Instant::now();
        let figures =
            self.evaluator()?.evaluate(&draw_in_chunks(0..COUNT, |seeds| float::pictures(state.generator(), seeds)));
        if self.best.is_none_or(|best| figures.frechet_distance < best) && state.is_finite() {
            save_best(&self.best_path, state, figures.frechet_distance).context("the best checkpoint")?;
            self.best = Some(figures.frechet_distance);
        }
        let measured = Measured { figures, seconds: began.elapsed().as_secs_f64() };
        self.measure_real()?;
        Ok(Some(measured))
    }

    /// Keeps what real images reach, which is the same after every epoch.
    fn measure_real(&mut self) -> Result<()> {
        if self.real_path.exists() {
            return Ok(());
        }
        let began = Instant::now();
        let figures = self.evaluator()?.evaluate_real(COUNT);
        write_real(&self.real_path, &Measured { figures, seconds: began.elapsed().as_secs_f64() })
    }

    /// The evaluation classifier alone: an evaluator, if there is none yet, would take more time and memory.
    pub(crate) fn classifier(&mut self) -> Result<&Classifier> {
        match &self.evaluator {
            Some(evaluator) => Ok(&evaluator.classifier),
            None => Ok(self.alone.insert(Classifier::of(self.dataset, &self.reference, self.threads)?)),
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

/// The distance of a best checkpoint that a run before this one has left. What cannot be used will be replaced.
fn known_best(path: &Path) -> Option<f64> {
    if !path.exists() {
        return None;
    }
    let best = load_best(path).map(|(_, distance)| distance);
    best.inspect_err(|error| terminal::remark(format_args!("{error:#}; it will be replaced"))).ok()
}
