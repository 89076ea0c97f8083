//! Steps with a thread for every task, against steps with one thread for all: the same bits.
//!
//! ThreadSanitizer runs this too (`tests/sanitize`), and then it says more: that no task touches what another writes.
//! Threads that start and are joined are all the synchronisation there is, so it sees each pair of tasks as unordered,
//! however the threads happened to run.

use std::thread;

use pocketgan_core::infer::latent::write_training_rows;
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::network::{CacheLine, Network};
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_core::recipe::{Gan, LEARNING_RATE, REAL_LABEL, Workspace};
use pocketgan_core::train::execution::{Plan, TaskExecutor};
use pocketgan_core::train::gan::{GanBatch, Rules, StepMetrics, step};
use pocketgan_core::train::optimiser::{Adam, RmsProp};

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
}

impl GanBatch for Noise {
    fn real_count(&self) -> usize {
        self.reals
    }

    fn latents(&self, first: usize, into: &mut [f32]) {
        write_training_rows(SEED, self.step, first as u16, into);
    }

    fn image(&self, row: usize, into: &mut [f32]) {
        let mut stream = Stream::at(SEED, Purpose::Picture, self.step << 16 | row as u64);
        into.fill_with(|| stream.symmetric());
    }
}

/// Trains; back come the bytes of all that was trained, and what the steps measured.
fn train<T: TaskExecutor>(Size { batch, reals }: Size, plan: &Plan<'_, T>) -> (Vec<u8>, Vec<StepMetrics>) {
    let mut gan: Box<Gan> = bytemuck::zeroed_box();
    gan.start(SEED);
    let mut memory = vec![CacheLine([0.0; 16]); Workspace::lines(batch)];
    let mut workspace = Workspace::new(&mut memory, batch);
    let reports = (0..STEPS).map(|index| {
        let rules = Rules {
            generator: Adam::at_step(LEARNING_RATE, index + 1),
            discriminator: RmsProp { learning_rate: LEARNING_RATE },
            real_label: REAL_LABEL,
            // Without it and with it.
            gradient_penalty: index as f32,
        };
        step(&mut gan, &mut workspace, &Noise { step: index, reals }, plan, &rules)
    });
    let reports = reports.collect();
    (bytes(&gan), reports)
}

/// Weights, their transposed copies and moments.
fn bytes(gan: &Gan) -> Vec<u8> {
    let Gan { generator, discriminator } = gan;
    let networks = [generator.weights.flat(), discriminator.weights.flat(), discriminator.moments[0].flat()];
    let moments = generator.moments.iter().map(Network::flat);
    let transposed = [bytemuck::bytes_of(generator.transposed()), bytemuck::bytes_of(discriminator.transposed())];
    networks.into_iter().chain(moments).map(bytemuck::cast_slice).chain(transposed).flatten().copied().collect()
}

#[test]
fn a_thread_for_every_task_gives_the_bits_of_one_thread() {
    for (isa, size) in Isa::available().flat_map(|isa| SIZES.map(|size| (isa, size))) {
        let serial = train(size, &Plan::serial(isa, 1));
        let threaded = train(size, &Plan { isa, shards: SHARDS, executor: &ThreadEach });
        // Not assert_eq!, which would print megabytes.
        assert!(serial == threaded, "{isa:?}, {size:?}");
    }
}
