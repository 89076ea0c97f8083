//! A training in memory: its networks, how far it is, and how it does a batch.

use anyhow::{Result, ensure};
use pocketgan_core::infer::latent::write_training_rows;
use pocketgan_core::infer::picture::scaled;
use pocketgan_core::nn::kernel::{Isa, prefetch};
use pocketgan_core::nn::network::Network;
use pocketgan_core::random::shuffle;
use pocketgan_core::train::average::{self, beta_at_step};
use pocketgan_core::train::execution::{Plan, TaskExecutor};
use pocketgan_core::train::gan::{self, GanBatch, Rules, StepMetrics};
use pocketgan_core::train::optimiser::{Adam, RmsProp};

use crate::data::idx::Images;
use crate::training::instruction_set::for_precision;
use crate::training::networks::{ROUNDING_FLOATS, StepMemory};
use crate::training::recipe::{Loss, Recipe};
use crate::training::state::{Progress, TrainingState};
use crate::training::threads::{Threads, shards};

/// Weights that a task averages.
const AVERAGED: usize = 1 << 15;

pub(crate) struct Session<'a> {
    pub(crate) state: TrainingState,
    images: &'a Images,
    threads: &'a Threads,
    isa: Isa,
    shards: usize,
    memory: StepMemory,
    /// That of rounding the generator's last layer, if the recipe does.
    rounding: Vec<f32>,
    /// The images in the order of the epoch in `order_of`.
    order: Vec<u32>,
    order_of: Option<u32>,
}

impl<'a> Session<'a> {
    /// A training at its beginning.
    pub(crate) fn start(recipe: Recipe, images: &'a Images, threads: &'a Threads, isa: Isa) -> Self {
        Self::new(TrainingState::start(recipe, *images.sha256()), images, threads, isa)
    }

    /// A training that goes on from `state`.
    ///
    /// # Errors
    /// If no training on these images has this state.
    pub(crate) fn resume(state: TrainingState, images: &'a Images, threads: &'a Threads, isa: Isa) -> Result<Self> {
        let session = Self::new(state, images, threads, isa);
        let Progress { epoch, batch, steps, .. } = session.state.progress;
        let batches = session.batches();
        let expected = session.steps_per_epoch() * u64::from(epoch)
            + u64::from(session.state.recipe.updates_per_batch) * u64::from(batch);
        ensure!(
            batch as usize <= batches && steps == expected,
            "no training is at epoch {epoch}, batch {batch} of {batches} after {steps} steps"
        );
        Ok(session)
    }

    fn new(state: TrainingState, images: &'a Images, threads: &'a Threads, isa: Isa) -> Self {
        let batch = state.recipe.batch;
        Self {
            memory: state.networks.step_memory(&state.recipe),
            rounding: vec![0.0; if state.recipe.four_bits_after > 0 { ROUNDING_FLOATS } else { 0 }],
            order: vec![0; images.count()],
            order_of: None,
            shards: shards(batch, threads.count()),
            isa: for_precision(isa, state.recipe.precision),
            state,
            images,
            threads,
        }
    }

    /// Steps of a whole epoch.
    fn steps_per_epoch(&self) -> u64 {
        self.batches() as u64 * u64::from(self.state.recipe.updates_per_batch)
    }

    /// Batches an epoch; the last one may be short.
    pub(crate) fn batches(&self) -> usize {
        self.images.count().div_ceil(self.state.recipe.batch)
    }

    /// Does the next batch, `updates_per_batch` times with new noise; gives what the last of these measured.
    pub(crate) fn batch(&mut self) -> StepMetrics {
        self.batch_by(self.threads)
    }

    /// [`Session::batch`] with its tasks run by `executor`.
    pub(crate) fn batch_by<E: TaskExecutor>(&mut self, executor: &E) -> StepMetrics {
        let epoch = self.state.progress.epoch;
        if self.order_of != Some(epoch) {
            shuffle(&mut self.order, self.state.recipe.seed, u64::from(epoch));
            self.order_of = Some(epoch);
        }
        let first = self.state.progress.batch as usize * self.state.recipe.batch;
        let last = self.images.count().min(first + self.state.recipe.batch);
        let mut report = StepMetrics::default();
        for _ in 0..self.state.recipe.updates_per_batch {
            report = self.update(first..last, executor);
            self.average(executor);
        }
        self.state.progress.sums.add(&report, last - first, self.state.recipe.batch);
        self.state.progress.batch += 1;
        report
    }

    /// One update on the images at `places` of the epoch's order.
    fn update<E: TaskExecutor>(&mut self, places: std::ops::Range<usize>, executor: &E) -> StepMetrics {
        let batch = Batch {
            images: self.images,
            order: &self.order[places],
            seed: self.state.recipe.seed,
            step: self.state.progress.steps,
        };
        self.state.progress.steps += 1;
        let rules = self.rules();
        let plan = Plan { isa: self.isa, shards: self.shards, executor };
        let TrainingState { recipe, progress, networks, difference_moments, .. } = &mut self.state;
        let rounding =
            recipe.has_four_bits(progress.epoch).then(|| networks.round_last_layer(self.isa, &mut self.rounding));
        let metrics = networks.step(&mut self.memory, difference_moments, &batch, &plan, &rules);
        if let Some(rounding) = rounding {
            networks.restore_last_layer(rounding);
        }
        metrics
    }

    /// The rules of the step that was counted last.
    fn rules(&self) -> Rules<Adam, RmsProp> {
        let (recipe, step) = (&self.state.recipe, self.state.progress.steps);
        let factor = recipe.learning_rate_factor(step - 1, self.steps_per_epoch());
        let rate_d = recipe.learning_rate_d * factor;
        Rules {
            generator: Adam::with_beta1(recipe.learning_rate_g * factor, recipe.beta1_g, step),
            discriminator: match recipe.beta2_d {
                0.0 => RmsProp::new(rate_d),
                beta2 => RmsProp::adam_without_momentum(rate_d, beta2, step),
            },
            loss: match recipe.loss {
                Loss::CrossEntropy => gan::Loss::CrossEntropy { real_label: recipe.real_label },
                Loss::Relativistic => gan::Loss::RelativisticPairing,
            },
            r1: recipe.gradient_penalty,
            r2: recipe.gradient_penalty_on_fakes,
        }
    }

    /// Moves the average of the generator's weights, if there is one.
    fn average<E: TaskExecutor>(&mut self, executor: &E) {
        let TrainingState { recipe, progress, networks, average: Some(average), .. } = &mut self.state else { return };
        let beta = beta_at_step(recipe.ema, progress.steps);
        let parts = average.flat_mut().chunks_mut(AVERAGED).zip(networks.generator().flat().chunks(AVERAGED));
        let isa = self.isa;
        executor.for_each(parts, |(average, weights)| average::average(isa, average, weights, beta));
    }

    /// Whether the epoch's batches are all done.
    pub(crate) fn epoch_is_over(&self) -> bool {
        self.state.progress.batch as usize == self.batches()
    }

    /// Goes on to the next epoch.
    pub(crate) fn end_epoch(&mut self) {
        let Progress { epoch, steps, .. } = self.state.progress;
        self.state.progress = Progress { epoch: epoch + 1, batch: 0, steps, sums: Default::default() };
    }
}

/// Images of a batch, shuffled and so anywhere in memory, that are asked for ahead of their use.
const AHEAD: usize = 4;

/// The latents and images of one update.
struct Batch<'a> {
    images: &'a Images,
    order: &'a [u32],
    seed: u64,
    step: u64,
}

impl GanBatch for Batch<'_> {
    fn real_count(&self) -> usize {
        self.order.len()
    }

    #[inline(always)]
    fn latents(&self, first: usize, into: &mut [f32]) {
        let first = u16::try_from(first).expect("a batch has at most 4096 rows");
        write_training_rows(self.seed, self.step, first, into);
    }

    #[inline(always)]
    fn image(&self, row: usize, into: &mut [f32]) {
        if let Some(&next) = self.order.get(row + AHEAD) {
            prefetch(self.images.image(next as usize));
        }
        let image = self.images.image(self.order[row] as usize);
        for (to, &pixel) in into.iter_mut().zip(image) {
            *to = scaled(pixel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::data::idx::{read_images, write_images};
    use crate::data::location::Location;
    use crate::parsing::parse;
    use crate::training::options::Options;

    /// A session on 40 images, four batches an epoch, three epochs.
    fn with_session<R>(options: &str, work: impl FnOnce(&mut Session<'_>) -> R) -> R {
        let file = tempfile::NamedTempFile::new().unwrap();
        let pictures = (0..40).map(|i| std::array::from_fn(|at| (at * i % 256) as u8));
        let mut idx = Vec::new();
        write_images(&mut idx, pictures.collect::<Vec<_>>().into_iter()).unwrap();
        std::fs::write(file.path(), idx).unwrap();
        let images = read_images(&Location::File(file.path().into())).unwrap();
        let line = format!("--batch 12 --epochs 3 {options}");
        let recipe = parse::<Options>(&line).unwrap().new_run().unwrap().recipe;
        let threads = Threads::start(2).unwrap();
        work(&mut Session::start(recipe, &images, &threads, Isa::best()))
    }

    #[test]
    fn a_state_that_no_training_on_the_images_has_is_rejected() {
        with_session("--k 2", |session| {
            let resumed = |batch: u32, steps: u64| {
                let mut state = TrainingState::start(session.state.recipe.clone(), [0; 32]);
                state.progress = Progress { epoch: 1, batch, steps, ..Progress::default() };
                Session::resume(state, session.images, session.threads, session.isa).is_ok()
            };
            assert!(resumed(0, 8) && resumed(4, 16));
            assert!(!resumed(5, 18) && !resumed(1, 8) && !resumed(0, 9));
        });
    }

    #[test]
    fn falling_rates_move_both_networks_less() {
        let moved = |options: &str| {
            with_session(options, |session| {
                session.state.progress.steps = 11;
                let weights = |session: &Session<'_>| {
                    let [generator, _, _, discriminator, _] = session.state.networks.tensors();
                    [generator.to_vec(), discriminator.to_vec()]
                };
                let before = weights(session);
                session.batch();
                let after = weights(session);
                let far = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                [far(&after[0], &before[0]), far(&after[1], &before[1])]
            })
        };
        for (falling, constant) in moved("--lr-decay").into_iter().zip(moved("")) {
            assert!((falling / constant - 1.0 / 12.0).abs() < 1e-3, "{falling} is not a twelfth of {constant}");
        }
    }

    #[test]
    fn the_average_follows_the_weights_and_does_not_change_them() {
        let (average, weights) = with_session("--ema 0.5", |session| {
            let mut expected = session.state.networks.generator().flat().to_vec();
            for step in 1..=6 {
                session.batch();
                let (beta, weights) = (beta_at_step(0.5, step), session.state.networks.generator().flat());
                expected.iter_mut().zip(weights).for_each(|(a, w)| *a = beta * *a + (1.0 - beta) * w);
                if session.epoch_is_over() {
                    session.end_epoch();
                }
            }
            let average = session.state.generator().flat().to_vec();
            assert!(average == expected);
            (average, session.state.networks.generator().flat().to_vec())
        });
        assert!(average != weights);
        let without = with_session("", |session| {
            for _ in 0..6 {
                session.batch();
                if session.epoch_is_over() {
                    session.end_epoch();
                }
            }
            session.state.generator().flat().to_vec()
        });
        assert!(without == weights);
    }
}
