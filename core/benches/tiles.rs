//! What the kernels cost, by instruction set: `cargo bench -p pocketgan-core`, or with the name of a bench after it.
//!
//! One thread, on memory that has just been used. An item is one floating-point operation of a product (a multiply-add
//! is two), one latent's number, one pixel or one weight, as each bench says; so Gitem/s of a product are GFLOP/s.

use std::fmt;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

use pocketgan_core::infer::latent::write_training_rows;
use pocketgan_core::nn::activation;
use pocketgan_core::nn::activations::Activations;
use pocketgan_core::nn::kernel::{Isa, Left, Product, Right, Start, WIDTH};
use pocketgan_core::nn::network::{Activation, Network, PANEL};
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_core::recipe::{LATENT, LEARNING_RATE, PIXELS};
use pocketgan_core::train::optimiser::{Adam, Optimiser, RmsProp};
use pocketgan_core::train::recipe::Gan;
use pocketgan_core::train::update::Trained;

/// Samples in a shard of a training.
const SAMPLES: usize = 64;

/// A layer that is worth measuring: these two are three quarters of the arithmetic of a step.
#[derive(Clone, Copy)]
struct Layer {
    name: &'static str,
    inputs: usize,
    outputs: usize,
}

const LAYERS: [Layer; 2] = [
    Layer { name: "generator's last", inputs: 256, outputs: PIXELS },
    Layer { name: "discriminator's first", inputs: PIXELS, outputs: 128 },
];

fn main() {
    divan::main();
}

/// An instruction set, under its name.
#[derive(Clone, Copy)]
struct Named(Isa);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

fn isas() -> impl Iterator<Item = Named> {
    Isa::available().map(Named)
}

/// A product's instruction set and layer, under their names.
#[derive(Clone, Copy)]
struct Case(Isa, Layer);

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.1.name, self.0.name())
    }
}

fn cases() -> impl Iterator<Item = Case> {
    LAYERS.into_iter().flat_map(|layer| Isa::available().map(move |isa| Case(isa, layer)))
}

fn noise(len: usize) -> Vec<f32> {
    let mut stream = Stream::at(1, Purpose::Weights, 0);
    (0..len).map(|_| stream.symmetric()).collect()
}

/// The multiply-adds of all samples are the same in all three products of a layer.
fn flop(layer: Layer) -> ItemsCount {
    ItemsCount::new(2 * SAMPLES * layer.inputs * layer.outputs)
}

/// `y[samples][outputs] = x[samples][inputs] · kernel[inputs][outputs] + bias`
#[divan::bench(args = cases())]
fn forward(bencher: Bencher<'_, '_>, Case(isa, layer): Case) {
    let Layer { inputs, outputs, .. } = layer;
    let (x, kernel, bias) = (noise(SAMPLES * inputs), noise(inputs * outputs), noise(outputs));
    let mut y = vec![0.0; SAMPLES * outputs];
    bencher.counter(flop(layer)).bench_local(|| {
        isa.run(Product {
            rows: SAMPLES,
            depth: inputs,
            columns: outputs,
            left: Left::Rows { data: &x, stride: inputs },
            right: Right { data: &kernel, depth_stride: outputs, group_stride: WIDTH },
            start: Start::Bias(&bias),
            out: black_box(&mut y),
            out_stride: outputs,
            order: (),
            interleaved: (),
        });
    });
}

/// `dx[samples][inputs] = dy[samples][outputs] · kernelᵀ`, the transposed kernel in panels.
#[divan::bench(args = cases())]
fn input_gradient(bencher: Bencher<'_, '_>, Case(isa, layer): Case) {
    let Layer { inputs, outputs, .. } = layer;
    let (dy, panels) = (noise(SAMPLES * outputs), noise(inputs.div_ceil(PANEL) * PANEL * outputs));
    let mut dx = vec![0.0; SAMPLES * inputs];
    bencher.counter(flop(layer)).bench_local(|| {
        isa.run(Product {
            rows: SAMPLES,
            depth: outputs,
            columns: inputs,
            left: Left::Rows { data: &dy, stride: outputs },
            right: Right { data: &panels, depth_stride: PANEL, group_stride: outputs * PANEL },
            start: Start::Zero,
            out: black_box(&mut dx),
            out_stride: inputs,
            order: (),
            interleaved: (),
        });
    });
}

/// `dkernel[inputs][outputs] = xᵀ · dy`, of `x[samples][inputs]` and `dy[samples][outputs]`.
#[divan::bench(args = cases())]
fn weight_gradient(bencher: Bencher<'_, '_>, Case(isa, layer): Case) {
    let Layer { inputs, outputs, .. } = layer;
    let (x, dy) = (noise(SAMPLES * inputs), noise(SAMPLES * outputs));
    let mut dkernel = vec![0.0; inputs * outputs];
    bencher.counter(flop(layer)).bench_local(|| {
        isa.run(Product {
            rows: inputs,
            depth: SAMPLES,
            columns: outputs,
            left: Left::Columns { data: &x, stride: inputs },
            right: Right { data: &dy, depth_stride: outputs, group_stride: WIDTH },
            start: Start::Zero,
            out: black_box(&mut dkernel),
            out_stride: outputs,
            order: (),
            interleaved: (),
        });
    });
}

/// Latents of a shard, as floats.
#[divan::bench(args = isas())]
fn latents(bencher: Bencher<'_, '_>, Named(isa): Named) {
    let mut latents = vec![0.0; SAMPLES * LATENT];
    bencher.counter(ItemsCount::new(latents.len())).bench_local(|| {
        isa.vectorised(
            #[inline(always)]
            || write_training_rows(black_box(1), 0, 0, &mut latents),
        );
    });
}

/// Pixels of a shard through tanh.
#[divan::bench(args = isas())]
fn tanh(bencher: Bencher<'_, '_>, Named(isa): Named) {
    let sums = noise(SAMPLES * PIXELS);
    let mut pixels = sums.clone();
    bencher.counter(ItemsCount::new(pixels.len())).bench_local(|| {
        pixels.copy_from_slice(&sums);
        isa.vectorised(
            #[inline(always)]
            || activation::forward(Activation::Tanh, black_box(&mut pixels)),
        );
    });
}

/// All weights of the generator moved by Adam.
#[divan::bench(args = isas())]
fn adam(bencher: Bencher<'_, '_>, Named(isa): Named) {
    let mut gan: Box<Gan> = bytemuck::zeroed_box();
    update(bencher, isa, &mut gan.generator, &Adam::at_step(LEARNING_RATE, 1));
}

/// All weights of the discriminator moved by RMSprop.
#[divan::bench(args = isas())]
fn rms_prop(bencher: Bencher<'_, '_>, Named(isa): Named) {
    let mut gan: Box<Gan> = bytemuck::zeroed_box();
    update(bencher, isa, &mut gan.discriminator, &RmsProp::new(LEARNING_RATE));
}

/// Updates a network by the gradient of a single sample, so that next to nothing of it is matrix products; the copy of
/// the new weights to the transposed kernels is part of it.
fn update<N: Network, const MOMENTS: usize>(
    bencher: Bencher<'_, '_>,
    isa: Isa,
    trained: &mut Trained<N, MOMENTS>,
    rule: &impl Optimiser<MOMENTS>,
) {
    let mut memory = noise(Activations::<f32>::floats(N::LAYERS, 1));
    let trace = Activations::carve(&mut &mut *memory, N::LAYERS, 1);
    bencher
        .counter(ItemsCount::new(trained.weights.flat().len()))
        .bench_local(|| trained.blocks(&trace, None).for_each(|mut block| block.update(isa, rule)));
}
