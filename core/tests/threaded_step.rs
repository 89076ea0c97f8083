//! Steps with a thread for every task, against steps with one thread for all: the same bits.
//!
//! ThreadSanitizer runs this too (`tests/sanitize`), and then it says more: that no task touches what another writes.
//! Threads that start and are joined are all the synchronisation there is, so it sees each pair of tasks as unordered,
//! however the threads happened to run.

use std::thread;

use pocketgan_core::network;
use pocketgan_core::nn::kernel::{Bf16Pair, Isa};
use pocketgan_core::nn::loss::cross_entropy;
use pocketgan_core::nn::network::{CacheLine, Network};
use pocketgan_core::nn::patches::Patches;
use pocketgan_core::nn::precision::Precision;
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_core::recipe::{Discriminator, Generator, LEARNING_RATE, REAL_LABEL};
use pocketgan_core::train::convolutional;
use pocketgan_core::train::execution::{Plan, TaskExecutor};
use pocketgan_core::train::gan::{self, Differences, Gan, GanBatch, Loss, Rules, ShardPrecision, StepMetrics};
use pocketgan_core::train::initialisation::glorot;
use pocketgan_core::train::optimiser::{Adam, RmsProp};
use pocketgan_core::train::supervised::{self, SupervisedBatch};
use pocketgan_core::train::update::Trained;

network! {
    /// Of other widths and depth than the recipe's.
    struct SmallGenerator {
        hidden: 10 => 37 LeakyRelu,
        image: 37 => 50 Tanh,
    }
}

network! {
    /// Wider than its input.
    struct SmallDiscriminator {
        dense0: 50 => 70 LeakyRelu,
        dense1: 70 => 33 LeakyRelu,
        logit: 33 => 1 Linear,
    }
}

network! {
    struct Classifier {
        hidden: 50 => 70 LeakyRelu,
        logits: 70 => 3 Linear,
    }
}

/// Fakes and real images of a step.
#[derive(Clone, Copy, Debug)]
struct Size {
    batch: usize,
    reals: usize,
}

/// Neither divides by the shards, and the third shard has more real images than fakes; and fewer than shards.
const SIZES: [Size; 2] = [Size { batch: 13, reals: 12 }, Size { batch: 3, reals: 2 }];
const SHARDS: usize = 5;
/// The later ones start from weights that threads have written.
const STEPS: u64 = 3;
const SEED: u64 = 4;

network! {
    struct Convolutions {
        convolution0: 8 => 20 LeakyRelu over Patches { side: 5, channels: 2, kernel: 2, stride: 1 },
        convolution1: 180 => 16 Tanh over Patches { side: 4, channels: 20, kernel: 3, stride: 1 },
        logits: 64 => 3 Linear,
    }
}

/// Gives every task a thread of its own.
struct ThreadEach;

impl TaskExecutor for ThreadEach {
    fn for_each<T: Send>(&self, tasks: impl Iterator<Item = T>, work: impl Fn(T) + Sync + Send) {
        let work = &work;
        thread::scope(|scope| {
            let threads: Vec<_> = tasks.map(|task| scope.spawn(move || work(task))).collect();
            // The scope would wait for them too, but by atomics inside the standard library, of which a ThreadSanitizer
            // without a library made for it knows nothing. It knows joining.
            threads.into_iter().for_each(|thread| thread.join().expect("no task panics"));
        });
    }
}

/// Noise for latents and for real images.
struct Noise {
    step: u64,
    reals: usize,
    /// Numbers in a latent.
    latent: usize,
}

impl GanBatch for Noise {
    fn real_count(&self) -> usize {
        self.reals
    }

    fn latents(&self, first: usize, into: &mut [f32]) {
        // The same numbers for a row, whatever rows are written with it.
        for (row, latent) in (first..).zip(into.chunks_exact_mut(self.latent)) {
            noise(Purpose::Training, self.step, row, latent);
        }
    }

    fn image(&self, row: usize, into: &mut [f32]) {
        noise(Purpose::Picture, self.step, row, into);
    }
}

impl SupervisedBatch for Noise {
    fn rows(&self) -> usize {
        self.reals
    }

    fn input(&self, row: usize, into: &mut [f32]) {
        noise(Purpose::Picture, self.step, row, into);
    }

    fn loss(&self, row: usize, outputs: &[f32], gradient: &mut [f32]) -> f32 {
        cross_entropy(outputs, row % outputs.len(), gradient)
    }
}

fn noise(purpose: Purpose, step: u64, row: usize, into: &mut [f32]) {
    let mut stream = Stream::at(SEED, purpose, step << 16 | row as u64);
    into.fill_with(|| stream.symmetric());
}

/// Trains a GAN; returns the bytes of all that was trained, and what the steps measured.
fn train_gan<G: Network, D: Network, E: ShardPrecision, X: TaskExecutor>(
    Size { batch, reals }: Size,
    plan: &Plan<'_, X>,
    differences: bool,
) -> (Vec<u8>, Vec<StepMetrics>) {
    let mut gan: Box<Gan<G, D, 2, 1, E>> = bytemuck::zeroed_box();
    gan.start(SEED);
    let lines = |count| vec![CacheLine([0.0; 16]); count];
    let (mut memory, mut scratch) =
        (lines(gan::Workspace::<G, D, E>::lines(batch)), lines(Differences::scratch_lines::<D>()));
    let mut moments = lines(Differences::moment_lines::<D, 1>());
    let metrics = (0..STEPS).map(|index| {
        let mut workspace = gan::Workspace::new(&mut memory, batch);
        if differences {
            let (moments, scratch) = (&mut *moments, &mut *scratch);
            workspace = workspace.with_differences(Differences { width: D::INPUTS / 4, moments, scratch });
        }
        let rules = Rules {
            generator: Adam::at_step(LEARNING_RATE, index + 1),
            discriminator: RmsProp::new(LEARNING_RATE),
            loss: if index == 0 { Loss::CrossEntropy { real_label: REAL_LABEL } } else { Loss::RelativisticPairing },
            // Without them and with them.
            r1: index as f32,
            r2: 2.0 * index as f32,
        };
        gan::step(&mut gan, &mut workspace, &Noise { step: index, reals, latent: G::INPUTS }, plan, &rules)
    });
    let metrics = metrics.collect();
    ([bytes(&gan.generator), bytes(&gan.discriminator), bytemuck::cast_slice(&moments).to_vec()].concat(), metrics)
}

/// Trains a classifier; returns the bytes of all that was trained, and the losses.
fn train_classifier<E: TaskExecutor>(rows: usize, plan: &Plan<'_, E>) -> (Vec<u8>, Vec<f32>) {
    let mut network: Box<Trained<Classifier, 2>> = bytemuck::zeroed_box();
    glorot(&mut network.weights, SEED, 0);
    network.copy_kernels();
    let mut memory = vec![CacheLine([0.0; 16]); supervised::Workspace::<Classifier>::lines(rows)];
    let mut workspace = supervised::Workspace::new(&mut memory, rows);
    let losses = (0..STEPS).map(|index| {
        let (noise, rule) = (Noise { step: index, reals: rows, latent: 0 }, Adam::at_step(LEARNING_RATE, index + 1));
        supervised::step(&mut network, &mut workspace, &noise, plan, &rule)
    });
    let losses = losses.collect();
    (bytes(&network), losses)
}

/// The same with convolutions.
fn train_convolutions<E: TaskExecutor>(rows: usize, plan: &Plan<'_, E>) -> (Vec<u8>, Vec<f32>) {
    let mut network: Box<Trained<Convolutions, 2>> = bytemuck::zeroed_box();
    glorot(&mut network.weights, SEED, 0);
    network.copy_kernels();
    let mut memory = vec![CacheLine([0.0; 16]); convolutional::Workspace::<Convolutions>::lines(rows)];
    let mut workspace = convolutional::Workspace::new(&mut memory, rows);
    let losses = (0..STEPS).map(|index| {
        let (noise, rule) = (Noise { step: index, reals: rows, latent: 0 }, Adam::at_step(LEARNING_RATE, index + 1));
        convolutional::step(&mut network, &mut workspace, &noise, plan, &rule)
    });
    let losses = losses.collect();
    (bytes(&network), losses)
}

/// Weights, their transpose and moments.
fn bytes<N: Network, const MOMENTS: usize, E: Precision>(network: &Trained<N, MOMENTS, E>) -> Vec<u8> {
    let parameters = [&network.weights].into_iter().chain(&network.moments).map(bytemuck::bytes_of);
    parameters.chain([bytemuck::bytes_of(network.copies())]).flatten().copied().collect()
}

fn gan_steps_agree<G: Network, D: Network, E: ShardPrecision>(differences: bool) {
    let orders_of_sums = if E::PAIRS { 2 } else { 1 };
    let isas = Isa::available().flat_map(|isa| [isa, isa.in_tiles()].into_iter().take(orders_of_sums));
    for (isa, size) in isas.flat_map(|isa| SIZES.map(|size| (isa, size))) {
        let serial = train_gan::<G, D, E, _>(size, &Plan::serial(isa, 1), differences);
        let plan = Plan { isa, shards: SHARDS, executor: &ThreadEach };
        let threaded = train_gan::<G, D, E, _>(size, &plan, differences);
        // Not assert_eq!, which would print megabytes.
        assert!(serial == threaded, "{isa:?}, {size:?}");
    }
}

#[test]
fn steps_in_bfloat16_have_the_same_bits_on_every_instruction_set() {
    for (size, differences) in SIZES.into_iter().zip([false, true]) {
        let trained =
            |isa| train_gan::<Generator, Discriminator, Bf16Pair, _>(size, &Plan::serial(isa, 1), differences);
        let (pairs, tiles) = (trained(Isa::PORTABLE), trained(Isa::PORTABLE.in_tiles()));
        assert!(pairs != tiles, "the two orders of sums give the same bits");
        for isa in Isa::available() {
            assert!(trained(isa) == pairs, "{isa:?}");
            assert!(trained(isa.in_tiles()) == tiles, "{isa:?} in tiles");
        }
    }
}

#[test]
fn a_thread_for_every_task_of_the_recipe_gives_the_bits_of_one_thread() {
    gan_steps_agree::<Generator, Discriminator, f32>(false);
}

#[test]
fn a_thread_for_every_task_of_other_networks_gives_the_bits_of_one_thread() {
    gan_steps_agree::<SmallGenerator, SmallDiscriminator, f32>(false);
}

#[test]
fn a_thread_for_every_task_of_a_discriminator_that_sees_differences_gives_the_bits_of_one_thread() {
    gan_steps_agree::<Generator, Discriminator, f32>(true);
}

#[test]
fn a_thread_for_every_task_in_bfloat16_gives_the_bits_of_one_thread() {
    gan_steps_agree::<Generator, Discriminator, Bf16Pair>(false);
    gan_steps_agree::<Generator, Discriminator, Bf16Pair>(true);
}

#[test]
fn a_thread_for_every_task_of_a_supervised_step_gives_the_bits_of_one_thread() {
    for (isa, rows) in Isa::available().flat_map(|isa| [13, 3].map(|rows| (isa, rows))) {
        let (serial, threaded) = (Plan::serial(isa, 1), Plan { isa, shards: SHARDS, executor: &ThreadEach });
        assert!(train_classifier(rows, &serial) == train_classifier(rows, &threaded), "{isa:?}, {rows}");
        assert!(train_convolutions(rows, &serial) == train_convolutions(rows, &threaded), "{isa:?}, {rows}");
    }
}
