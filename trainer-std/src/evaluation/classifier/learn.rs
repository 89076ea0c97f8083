//! How the classifier learns. Everything here is fixed: figures are only comparable if one classifier made them.

use anyhow::{Result, ensure};
use pocketgan_core::infer::picture::{Picture, scaled};
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::network::Network;
use pocketgan_core::random::{Purpose, Stream, shuffle};
use pocketgan_core::recipe::SIDE;
use pocketgan_core::train::classifier::{Classifier, Examples, Workspace, step};
use pocketgan_core::train::gan::Plan;
use pocketgan_core::train::initial::glorot;
use pocketgan_core::train::optimiser::Adam;
use pocketgan_core::train::update::Trained;

use crate::training::session::shards;
use crate::training::threads::Threads;

/// To be raised whenever something here changes what is learned.
pub(super) const VERSION: u8 = 1;
const SEED: u64 = 0;
/// Tells its first weights from those of the generator (0) and the discriminator (1).
const SALT: u32 = 2;
const EPOCHS: u32 = 20;
const BATCH: usize = 128;
/// Adam's rate at first; it falls to 0 in a straight line.
const LEARNING_RATE: f32 = 1e-3;
/// Pixels by which an image is moved at the most, in each direction, anew in every epoch.
const SHIFT: i32 = 2;

/// The classifier that `pictures` and their labels teach.
///
/// # Errors
/// If its loss became no number.
pub(super) fn learn(pictures: &[Picture], labels: &[u8], threads: &Threads) -> Result<Box<Classifier>> {
    threads.enter(|| {
        let mut learner = Learner::new(pictures, labels, threads);
        for epoch in 0..EPOCHS {
            let loss = learner.epoch(epoch);
            ensure!(loss.is_finite(), "the classifier cannot learn these images: its loss became {loss}");
        }
        Ok(learner.network())
    })
}

struct Learner<'a> {
    network: Box<Trained<Classifier, 2>>,
    pictures: &'a [Picture],
    labels: &'a [u8],
    order: Vec<u32>,
    steps: u64,
    threads: &'a Threads,
}

impl<'a> Learner<'a> {
    fn new(pictures: &'a [Picture], labels: &'a [u8], threads: &'a Threads) -> Self {
        let mut network: Box<Trained<Classifier, 2>> = bytemuck::zeroed_box();
        glorot(&mut network.weights, SEED, SALT);
        network.transpose();
        Self { network, pictures, labels, order: vec![0; pictures.len()], steps: 0, threads }
    }

    /// Learns from every image once; the last loss.
    fn epoch(&mut self, epoch: u32) -> f32 {
        shuffle(&mut self.order, SEED, u64::from(epoch));
        let mut memory = bytemuck::zeroed_vec(Workspace::lines(BATCH));
        let mut workspace = Workspace::new(&mut memory, BATCH);
        let all_steps = u64::from(EPOCHS) * self.order.len().div_ceil(BATCH) as u64;
        let plan = Plan { isa: Isa::best(), shards: shards(BATCH, self.threads.count()), tasks: self.threads };
        let mut loss = 0.0;
        for order in self.order.chunks(BATCH) {
            let left = (all_steps - self.steps) as f32 / all_steps as f32;
            let batch = Batch { pictures: self.pictures, labels: self.labels, order, step: self.steps };
            self.steps += 1;
            let rule = Adam::at_step(LEARNING_RATE * left, self.steps);
            loss = step(&mut self.network, &mut workspace, &batch, &plan, &rule).loss;
        }
        loss
    }

    fn network(&self) -> Box<Classifier> {
        let mut network: Box<Classifier> = bytemuck::zeroed_box();
        network.flat_mut().copy_from_slice(self.network.weights.flat());
        network
    }
}

/// The images of one step, each moved a little.
struct Batch<'a> {
    pictures: &'a [Picture],
    labels: &'a [u8],
    order: &'a [u32],
    step: u64,
}

impl Examples for Batch<'_> {
    fn count(&self) -> usize {
        self.order.len()
    }

    fn image(&self, row: usize, into: &mut [f32]) {
        let mut stream = Stream::at(SEED, Purpose::Shift, self.step << 16 | row as u64);
        let [right, down] = [(); 2].map(|()| stream.below(2 * SHIFT as u32 + 1) as i32 - SHIFT);
        write_moved(&self.pictures[self.order[row] as usize], right, down, into);
    }

    fn class(&self, row: usize) -> usize {
        usize::from(self.labels[self.order[row] as usize])
    }
}

/// Writes `picture` so many pixels further right and down; what comes in from outside is background.
fn write_moved(picture: &Picture, right: i32, down: i32, into: &mut [f32]) {
    let sides = || 0..SIDE as i32;
    let pixel = |x: i32, y: i32| match sides().contains(&x) && sides().contains(&y) {
        true => picture[y as usize * SIDE + x as usize],
        false => 0,
    };
    let places = sides().flat_map(|y| sides().map(move |x| (x, y)));
    for (to, (x, y)) in into.iter_mut().zip(places) {
        *to = scaled(pixel(x - right, y - down));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use pocketgan_core::recipe::PIXELS;

    /// Pictures of ten kinds: a bright row or column, at places that no shift confuses; the shade tells nothing.
    pub(in crate::evaluation::classifier) fn bars(count: usize) -> (Vec<Picture>, Vec<u8>) {
        let kind = |i: usize| i * 7 % 10;
        let picture = |i: usize| {
            let across = |at: usize| if kind(i) < 5 { at / SIDE } else { at % SIDE };
            let inked = |at: usize| across(at) == 4 + 5 * (kind(i) % 5);
            std::array::from_fn(|at| if inked(at) { 200 + (i % 50) as u8 } else { 0 })
        };
        ((0..count).map(picture).collect(), (0..count).map(|i| kind(i) as u8).collect())
    }

    #[test]
    fn the_same_bits_are_learned_with_any_number_of_threads() {
        let (pictures, labels) = bars(300);
        let learned = |threads| learn(&pictures, &labels, &Threads::start(threads).unwrap()).unwrap();
        let alone = learned(1);
        assert!(alone.flat().iter().all(|w| w.is_finite()));
        assert!([2, 3].iter().all(|&threads| learned(threads).flat() == alone.flat()));
    }

    #[test]
    fn a_picture_is_moved_and_background_comes_in() {
        let picture: Picture = std::array::from_fn(|at| (at % 251) as u8 + 1);
        let mut moved = [0.0; PIXELS];
        write_moved(&picture, 2, -1, &mut moved);
        assert_eq!(moved[10 * SIDE + 7], scaled(picture[11 * SIDE + 5]));
        assert!(moved[27 * SIDE..].iter().chain(&moved[10 * SIDE..10 * SIDE + 2]).all(|&x| x == -1.0));
    }
}
