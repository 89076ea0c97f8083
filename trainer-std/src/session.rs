//! A training in memory: its networks, how far it is, and how it does a batch.

use pocketgan_core::gan::{Gan, MAX_SHARDS, Plan, Report, Rules, Samples, Workspace, step};
use pocketgan_core::kernel::Isa;
use pocketgan_core::latent::Latent;
use pocketgan_core::network::CacheLine;
use pocketgan_core::optimiser::{Adam, RmsProp};
use pocketgan_core::picture::scaled;
use pocketgan_core::random::shuffle;
use pocketgan_core::tasks::RunTasks;

use crate::checkpoint::{Checkpoint, Progress};
use crate::config::Recipe;
use crate::data::idx::Images;
use crate::threads::Threads;

/// Samples a shard has at the most: what they leave behind stays in a core's second-level cache.
const SHARD: usize = 64;

pub(crate) struct Session<'a> {
    pub(crate) recipe: Recipe,
    pub(crate) progress: Progress,
    pub(crate) gan: Box<Gan>,
    images: &'a Images,
    threads: &'a Threads,
    isa: Isa,
    shards: usize,
    /// The memory of a step's [`Workspace`].
    memory: Vec<CacheLine>,
    /// The images in the order of the epoch in `order_of`.
    order: Vec<u32>,
    order_of: Option<u32>,
}

impl<'a> Session<'a> {
    /// A training at its beginning.
    pub(crate) fn start(recipe: Recipe, images: &'a Images, threads: &'a Threads, isa: Isa) -> Self {
        let mut gan: Box<Gan> = bytemuck::zeroed_box();
        gan.start(recipe.seed);
        Self::resume(Checkpoint { recipe, progress: Progress::default(), gan }, images, threads, isa)
    }

    /// A training that goes on from a checkpoint.
    pub(crate) fn resume(checkpoint: Checkpoint, images: &'a Images, threads: &'a Threads, isa: Isa) -> Self {
        let Checkpoint { recipe, progress, gan } = checkpoint;
        Self {
            memory: bytemuck::zeroed_vec(Workspace::lines(recipe.batch)),
            order: vec![0; images.count()],
            order_of: None,
            shards: shards(recipe.batch, threads.count()),
            isa,
            recipe,
            progress,
            gan,
            images,
            threads,
        }
    }

    /// Batches an epoch; the last one may be short.
    pub(crate) fn batches(&self) -> usize {
        self.images.count().div_ceil(self.recipe.batch)
    }

    /// Does the next batch, `updates_per_batch` times with new noise; gives what the last of these measured.
    pub(crate) fn batch(&mut self) -> Report {
        self.batch_by(self.threads)
    }

    /// [`Session::batch`] with its tasks run by `tasks`.
    pub(crate) fn batch_by<T: RunTasks>(&mut self, tasks: &T) -> Report {
        let epoch = self.progress.epoch;
        if self.order_of != Some(epoch) {
            shuffle(&mut self.order, self.recipe.seed, u64::from(epoch));
            self.order_of = Some(epoch);
        }
        let first = self.progress.batch as usize * self.recipe.batch;
        let last = self.images.count().min(first + self.recipe.batch);
        let mut report = Report::default();
        for _ in 0..self.recipe.updates_per_batch {
            report = self.update(first..last, tasks);
        }
        self.progress.sums.add(&report, last - first, self.recipe.batch);
        self.progress.batch += 1;
        report
    }

    /// One update on the images at `places` of the epoch's order.
    fn update<T: RunTasks>(&mut self, places: std::ops::Range<usize>, tasks: &T) -> Report {
        let batch = Batch {
            images: self.images,
            order: &self.order[places],
            seed: self.recipe.seed,
            step: self.progress.steps,
        };
        self.progress.steps += 1;
        let rules = Rules {
            generator: Adam::at_step(self.recipe.learning_rate_g, self.progress.steps),
            discriminator: RmsProp { learning_rate: self.recipe.learning_rate_d },
            real_label: self.recipe.real_label,
        };
        let plan = Plan { isa: self.isa, shards: self.shards, tasks };
        let mut workspace = Workspace::new(&mut self.memory, self.recipe.batch);
        step(&mut self.gan, &mut workspace, &batch, &plan, &rules)
    }

    /// Whether the epoch's batches are all done.
    pub(crate) fn epoch_is_over(&self) -> bool {
        self.progress.batch as usize == self.batches()
    }

    /// Goes on to the next epoch.
    pub(crate) fn end_epoch(&mut self) {
        let Progress { epoch, steps, .. } = self.progress;
        self.progress = Progress { epoch: epoch + 1, batch: 0, steps, sums: Default::default() };
    }
}

/// As few shards of at most [`SHARD`] samples as every thread gets the same number of.
pub(crate) fn shards(batch: usize, threads: usize) -> usize {
    let shards = batch.div_ceil(SHARD).next_multiple_of(threads);
    shards.min(batch).min(MAX_SHARDS)
}

/// The latents and images of one update.
struct Batch<'a> {
    images: &'a Images,
    order: &'a [u32],
    seed: u64,
    step: u64,
}

impl Samples for Batch<'_> {
    fn real_count(&self) -> usize {
        self.order.len()
    }

    fn latent(&self, row: usize, into: &mut [f32]) {
        let row = u16::try_from(row).expect("a batch has at most 4096 rows");
        Latent::of_training(self.seed, self.step, row).write_f32(into);
    }

    fn image(&self, row: usize, into: &mut [f32]) {
        let image = self.images.image(self.order[row] as usize);
        for (to, &pixel) in into.iter_mut().zip(image) {
            *to = scaled(pixel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_gets_the_same_number_of_small_shards() {
        assert_eq!([1, 2, 3, 8].map(|threads| shards(256, threads)), [4, 4, 6, 8]);
        assert_eq!((shards(1, 8), shards(32, 2), shards(4096, 2), shards(4096, 48)), (1, 2, 64, 64));
    }
}
