//! Training of the classifier. Everything here is fixed: metrics are comparable only if they are by the same classifier.

use anyhow::{Result, ensure};
use pocketgan_core::infer::picture::{Picture, scaled};
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::loss::cross_entropy;
use pocketgan_core::nn::network::Network;
use pocketgan_core::random::{Purpose, Stream, shuffle};
use pocketgan_core::recipe::SIDE;
use pocketgan_core::train::convolutional::{Workspace, step};
use pocketgan_core::train::execution::Plan;
use pocketgan_core::train::initialisation::glorot;
use pocketgan_core::train::optimiser::Adam;
use pocketgan_core::train::supervised::SupervisedBatch;
use pocketgan_core::train::update::Trained;

use crate::training::threads::Threads;
use crate::training::threads::shards;

/// Must change whenever anything here changes the trained weights: it is part of the cache key.
pub(super) const VERSION: u8 = 2;
const SEED: u64 = 0;
/// Separates its initial weights from those of the generator (0) and the discriminator (1).
const SALT: u32 = 2;
const EPOCHS: u32 = 12;
const BATCH: usize = 64;
/// Largest learning rate of Adam; it decays linearly to 0.
const LEARNING_RATE: f32 = 3e-3;
/// The share of the steps in which the learning rate rises from 0.
const WARM_UP: f32 = 0.05;
/// Augmentation: each image is shifted by up to this many pixels in each direction, differently in every epoch.
const SHIFT: i32 = 2;

/// The classifier trained on `pictures` and their labels.
///
/// # Errors
/// If the loss is not finite after an epoch.
pub(super) fn train<N: Network + Send>(pictures: &[Picture], labels: &[u8], threads: &Threads) -> Result<Box<N>> {
    threads.enter(|| {
        let mut trainer = Trainer::new(pictures, labels, threads);
        for epoch in 0..EPOCHS {
            let loss = trainer.epoch(epoch);
            ensure!(
                loss.is_finite(),
                "the evaluation classifier cannot be trained on these images: its loss became {loss}"
            );
        }
        Ok(trainer.network())
    })
}

struct Trainer<'a, N: Network> {
    network: Box<Trained<N, 2>>,
    pictures: &'a [Picture],
    labels: &'a [u8],
    order: Vec<u32>,
    steps: u64,
    threads: &'a Threads,
}

impl<'a, N: Network> Trainer<'a, N> {
    fn new(pictures: &'a [Picture], labels: &'a [u8], threads: &'a Threads) -> Self {
        let mut network: Box<Trained<N, 2>> = bytemuck::zeroed_box();
        glorot(&mut network.weights, SEED, SALT);
        network.copy_kernels();
        Self { network, pictures, labels, order: vec![0; pictures.len()], steps: 0, threads }
    }

    /// Trains on every image once and returns the last step's loss.
    fn epoch(&mut self, epoch: u32) -> f32 {
        shuffle(&mut self.order, SEED, u64::from(epoch));
        let mut memory = bytemuck::zeroed_vec(Workspace::<N>::lines(BATCH));
        let mut workspace = Workspace::new(&mut memory, BATCH);
        let all_steps = u64::from(EPOCHS) * self.order.len().div_ceil(BATCH) as u64;
        let plan = Plan { isa: Isa::best(), shards: shards(BATCH, self.threads.count()), executor: self.threads };
        let mut loss = 0.0;
        for order in self.order.chunks(BATCH) {
            let batch = Batch { pictures: self.pictures, labels: self.labels, order, step: self.steps };
            let learning_rate = learning_rate(self.steps as f32 / all_steps as f32);
            self.steps += 1;
            let rule = Adam::at_step(learning_rate, self.steps);
            loss = step(&mut self.network, &mut workspace, &batch, &plan, &rule);
        }
        loss
    }

    fn network(&self) -> Box<N> {
        let mut network: Box<N> = bytemuck::zeroed_box();
        network.flat_mut().copy_from_slice(self.network.weights.flat());
        network
    }
}

/// The learning rate after `share` of all steps.
fn learning_rate(share: f32) -> f32 {
    LEARNING_RATE * (1.0 - share).min(share / WARM_UP)
}

/// The images of one step, each shifted at random.
struct Batch<'a> {
    pictures: &'a [Picture],
    labels: &'a [u8],
    order: &'a [u32],
    step: u64,
}

impl SupervisedBatch for Batch<'_> {
    fn rows(&self) -> usize {
        self.order.len()
    }

    fn input(&self, row: usize, into: &mut [f32]) {
        let mut stream = Stream::at(SEED, Purpose::Shift, self.step << 16 | row as u64);
        let [right, down] = [(); 2].map(|()| stream.below(2 * SHIFT as u32 + 1) as i32 - SHIFT);
        write_shifted(&self.pictures[self.order[row] as usize], right, down, into);
    }

    fn loss(&self, row: usize, logits: &[f32], gradient: &mut [f32]) -> f32 {
        cross_entropy(logits, usize::from(self.labels[self.order[row] as usize]), gradient)
    }
}

/// Writes `picture` shifted by `right` and `down` pixels, filled up with background.
fn write_shifted(picture: &Picture, right: i32, down: i32, into: &mut [f32]) {
    let sides = || 0..SIDE as i32;
    let pixel = |x: i32, y: i32| match sides().contains(&x) && sides().contains(&y) {
        true => picture[y as usize * SIDE + x as usize],
        false => 0,
    };
    let coordinates = sides().flat_map(|y| sides().map(move |x| (x, y)));
    for (to, (x, y)) in into.iter_mut().zip(coordinates) {
        *to = scaled(pixel(x - right, y - down));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use pocketgan_core::recipe::PIXELS;
    use pocketgan_core::train::classifier::Classifier;

    /// Pictures of ten classes: a bright row or column at positions that no shift confuses; brightness is no clue.
    pub(in crate::evaluation::classifier) fn bars(count: usize) -> (Vec<Picture>, Vec<u8>) {
        let class = |i: usize| i * 7 % 10;
        let picture = |i: usize| {
            let across = |at: usize| if class(i) < 5 { at / SIDE } else { at % SIDE };
            let inked = |at: usize| across(at) == 4 + 5 * (class(i) % 5);
            std::array::from_fn(|at| if inked(at) { 200 + (i % 50) as u8 } else { 0 })
        };
        ((0..count).map(picture).collect(), (0..count).map(|i| class(i) as u8).collect())
    }

    #[test]
    fn the_trained_weights_do_not_depend_on_the_number_of_threads() {
        let (pictures, labels) = bars(300);
        let trained = |threads| train::<Classifier>(&pictures, &labels, &Threads::start(threads).unwrap()).unwrap();
        let alone = trained(1);
        assert!(alone.flat().iter().all(|w| w.is_finite()));
        assert!([2, 3].iter().all(|&threads| trained(threads).flat() == alone.flat()));
    }

    #[test]
    fn the_learning_rate_rises_from_zero_and_decays_to_zero() {
        let rates = [0.0, WARM_UP / 2.0, 0.5, 1.0].map(learning_rate);
        assert_eq!(rates, [0.0, LEARNING_RATE / 2.0, LEARNING_RATE / 2.0, 0.0]);
    }

    #[test]
    fn a_shifted_picture_is_filled_up_with_background() {
        let picture: Picture = std::array::from_fn(|at| (at % 251) as u8 + 1);
        let mut shifted = [0.0; PIXELS];
        write_shifted(&picture, 2, -1, &mut shifted);
        assert_eq!(shifted[10 * SIDE + 7], scaled(picture[11 * SIDE + 5]));
        assert!(shifted[27 * SIDE..].iter().chain(&shifted[10 * SIDE..10 * SIDE + 2]).all(|&x| x == -1.0));
    }
}
