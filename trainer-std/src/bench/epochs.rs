//! Training as `pocketgan train` does it, every step timed, nothing written.

use std::time::Instant;

use anyhow::{Result, ensure};
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::train::execution::TaskExecutor;

use super::flops;
use super::statistics::Timed;
use crate::data::idx::Images;
use crate::training::recipe::{Precision, Recipe};
use crate::training::session::Session;
use crate::training::threads::Threads;

/// How to train.
#[derive(Clone, Copy)]
pub(super) struct Course {
    pub(super) isa: Isa,
    pub(super) precision: Precision,
    pub(super) batch: usize,
    /// Steps of an epoch that are done: all of them, but for a smoke run.
    pub(super) steps: usize,
}

/// A training that is timed.
pub(super) struct Training<'a> {
    session: Session<'a>,
    course: Course,
    /// Real images of each step of an epoch.
    pub(super) reals: Vec<usize>,
}

impl<'a> Training<'a> {
    /// A training that has done one epoch, uncounted: it met its memory and the clock has risen.
    pub(super) fn warmed(course: Course, images: &'a Images, threads: &'a Threads) -> Result<Self> {
        let recipe = Recipe { batch: course.batch, precision: course.precision, ..Recipe::PLAIN };
        let session = Session::start(recipe, images, threads, course.isa);
        let reals = flops::reals_of_steps(images.count(), course.batch).take(course.steps).collect();
        let mut training = Self { session, course, reals };
        training.epoch(threads)?;
        Ok(training)
    }

    /// The next epoch, its tasks run by `tasks`.
    ///
    /// # Errors
    /// If a loss is no number: then its time would say nothing either.
    pub(super) fn epoch<T: TaskExecutor>(&mut self, tasks: &T) -> Result<Epoch> {
        let mut steps = Vec::with_capacity(self.reals.len());
        for &reals in &self.reals {
            let began = Instant::now();
            let report = self.session.batch_by(tasks);
            let seconds = began.elapsed().as_secs_f64();
            ensure!(
                report.d_loss.is_finite() && report.g_loss.is_finite(),
                "the training broke down: the losses became {} and {}; are the images pictures of digits?",
                report.d_loss,
                report.g_loss
            );
            steps.push(Timed { flops: flops::of_step(self.course.batch, reals), seconds });
        }
        self.session.end_epoch();
        Ok(Epoch { steps })
    }
}

/// The steps of an epoch.
#[derive(Clone)]
pub(super) struct Epoch {
    pub(super) steps: Vec<Timed>,
}

impl Epoch {
    pub(super) fn total(&self) -> Timed {
        self.steps.iter().copied().sum()
    }
}

/// Operations of a whole epoch.
pub(super) fn flops_of_epoch(images: usize, batch: usize) -> u64 {
    flops::reals_of_steps(images, batch).map(|reals| flops::of_step(batch, reals)).sum()
}
