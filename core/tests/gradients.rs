//! Gradients of both losses, for every layer of both networks, against finite differences in f64.
//!
//! The reference below is written apart from the crate: plain loops in f64, straight from the definition of the losses.

use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::network::{Activation, Layer, Network, layers};
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_core::recipe::{Discriminator, Generator, LATENT, PIXELS, REAL_LABEL};
use pocketgan_core::train::execution::Plan;
use pocketgan_core::train::gan::{Gan, GanBatch, Rules, Workspace, step};
use pocketgan_core::train::optimiser::KeepGradient;

const BATCH: usize = 3;
const REALS: usize = 2;
/// Weights of each tensor that are varied.
const VARIED: usize = 5;

struct Inputs {
    latents: Vec<f32>,
    images: Vec<f32>,
}

impl Inputs {
    fn random() -> Self {
        let mut stream = Stream::at(3, Purpose::Training, 0);
        let latents = (0..BATCH * LATENT).map(|_| 2.0 * stream.symmetric()).collect();
        Self { latents, images: (0..REALS * PIXELS).map(|_| stream.symmetric()).collect() }
    }
}

impl GanBatch for Inputs {
    fn real_count(&self) -> usize {
        REALS
    }

    fn latents(&self, first: usize, into: &mut [f32]) {
        into.copy_from_slice(&self.latents[first * LATENT..][..into.len()]);
    }

    fn image(&self, row: usize, into: &mut [f32]) {
        into.copy_from_slice(&self.images[row * PIXELS..][..PIXELS]);
    }
}

/// The weights of both networks in f64.
#[derive(Clone)]
struct Weights {
    generator: Vec<f64>,
    discriminator: Vec<f64>,
}

fn to_f64(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

fn forward(shapes: &[Layer], mut weights: &[f64], input: &[f64]) -> Vec<f64> {
    let mut x = input.to_vec();
    for shape in shapes {
        let Layer { inputs, outputs, activation } = *shape;
        let (layer, rest) = weights.split_at(shape.len());
        let (kernel, bias) = layer[..shape.parameters()].split_at(inputs * outputs);
        weights = rest;
        let mut y = bias.to_vec();
        for (x, row) in x.iter().zip(kernel.chunks_exact(outputs)) {
            y.iter_mut().zip(row).for_each(|(y, w)| *y += x * w);
        }
        x = y
            .into_iter()
            .map(|y| match activation {
                Activation::Linear => y,
                Activation::LeakyRelu => y.max(0.01 * y),
                Activation::Tanh => y.tanh(),
            })
            .collect();
    }
    x
}

/// `|dD/dx|²` by the chain rule.
fn square_of_slope(mut weights: &[f64], image: &[f64]) -> f64 {
    let mut kernels = Vec::new();
    let mut x = image.to_vec();
    // The slopes of each layer's activation.
    let mut slopes = Vec::new();
    for shape in Discriminator::LAYERS {
        let Layer { inputs, outputs, activation } = *shape;
        let (layer, rest) = weights.split_at(shape.len());
        weights = rest;
        kernels.push((inputs, outputs, &layer[..inputs * outputs]));
        let sums = forward(&[Layer { activation: Activation::Linear, ..*shape }], layer, &x);
        let slope = |y: f64| if activation == Activation::LeakyRelu && y < 0.0 { 0.01 } else { 1.0 };
        slopes.push(sums.iter().map(|&y| slope(y)).collect::<Vec<_>>());
        x = sums.iter().map(|&y| y * slope(y)).collect();
    }
    let mut dx = vec![1.0];
    for ((_, outputs, kernel), slopes) in kernels.into_iter().zip(slopes).rev() {
        let dy: Vec<f64> = dx.iter().zip(slopes).map(|(d, slope)| d * slope).collect();
        dx = kernel.chunks(outputs).map(|row| row.iter().zip(&dy).map(|(w, d)| w * d).sum()).collect();
    }
    dx.iter().map(|d| d * d).sum()
}

/// `-(label ln p + (1 - label) ln (1 - p))` with `p = sigmoid(logit)`.
fn cross_entropy(logit: f64, label: f64) -> f64 {
    let p = 1.0 / (1.0 + (-logit).exp());
    -(label * p.ln() + (1.0 - label) * (1.0 - p).ln())
}

#[derive(Clone, Copy)]
enum Loss {
    Generator,
    Discriminator,
}

fn loss(which: Loss, weights: &Weights, inputs: &Inputs, penalty: f64) -> f64 {
    let logit = |image: &[f64]| forward(Discriminator::LAYERS, &weights.discriminator, image)[0];
    let fakes = inputs.latents.chunks(LATENT).map(|z| forward(Generator::LAYERS, &weights.generator, &to_f64(z)));
    let fake_logits: Vec<f64> = fakes.map(|fake| logit(&fake)).collect();
    let mean_of_fakes = |label| fake_logits.iter().map(|&x| cross_entropy(x, label)).sum::<f64>() / BATCH as f64;
    match which {
        Loss::Generator => mean_of_fakes(1.0),
        Loss::Discriminator => {
            let reals = inputs.images.chunks(PIXELS).map(|image| logit(&to_f64(image)));
            let of_reals = reals.map(|x| cross_entropy(x, f64::from(REAL_LABEL))).sum::<f64>() / REALS as f64;
            let squares =
                inputs.images.chunks(PIXELS).map(|image| square_of_slope(&weights.discriminator, &to_f64(image)));
            of_reals + mean_of_fakes(0.0) + penalty / 2.0 * squares.sum::<f64>() / REALS as f64
        }
    }
}

/// The crate's gradients of both networks, by a rule that keeps them in place of a moment.
fn gradients(gan: &mut Gan, inputs: &Inputs, isa: Isa, gradient_penalty: f32) -> Weights {
    let mut memory = bytemuck::zeroed_vec(Workspace::lines(BATCH));
    let mut workspace = Workspace::new(&mut memory, BATCH);
    let rules =
        Rules { generator: KeepGradient, discriminator: KeepGradient, real_label: REAL_LABEL, gradient_penalty };
    step(gan, &mut workspace, inputs, &Plan::serial(isa, 2), &rules);
    Weights {
        generator: to_f64(gan.generator.moments[0].flat()),
        discriminator: to_f64(gan.discriminator.moments[0].flat()),
    }
}

/// Places in the flat weights: some in each kernel and each bias.
fn places(shapes: &'static [Layer], flat: &[f32]) -> Vec<(String, usize)> {
    let mut start = 0;
    let mut places = Vec::new();
    for (index, layer) in layers(shapes, flat).enumerate() {
        for (part, len) in [("kernel", layer.kernel.len()), ("bias", layer.bias.len())] {
            let at = |i: usize| start + (i * 7919 + 13) % len;
            places.extend((0..VARIED.min(len)).map(|i| (format!("layer {index}'s {part}"), at(i))));
            start += len;
        }
        start += layer.shape.len() - layer.shape.parameters();
    }
    places
}

/// Central differences of `which` in the weights that `select` picks, against `gradients`.
fn compare(
    which: Loss,
    (weights, inputs, penalty): (&Weights, &Inputs, f64),
    places: &[(String, usize)],
    gradients: &[f64],
    select: fn(&mut Weights) -> &mut Vec<f64>,
) {
    const STEP: f64 = 1e-5;
    let largest = gradients.iter().fold(0.0_f64, |max, g| max.max(g.abs()));
    for (name, at) in places {
        let moved = |by: f64| {
            let mut weights = weights.clone();
            select(&mut weights)[*at] += by;
            loss(which, &weights, inputs, penalty)
        };
        let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
        assert!((gradients[*at] - expected).abs() < 1e-5 * largest, "{name}: {} is not {expected}", gradients[*at]);
    }
}

#[test]
fn gradients_of_both_losses_agree_with_finite_differences_in_every_layer() {
    let inputs = Inputs::random();
    let mut gan: Box<Gan> = bytemuck::zeroed_box();
    gan.start(11);
    let weights = Weights {
        generator: to_f64(gan.generator.weights.flat()),
        discriminator: to_f64(gan.discriminator.weights.flat()),
    };
    let of_generator = places(Generator::LAYERS, gan.generator.weights.flat());
    let of_discriminator = places(Discriminator::LAYERS, gan.discriminator.weights.flat());
    for (isa, penalty) in [(Isa::PORTABLE, 0.0), (Isa::PORTABLE, 4.0), (Isa::best(), 0.0), (Isa::best(), 4.0)] {
        let found = gradients(&mut gan, &inputs, isa, penalty);
        let point = (&weights, &inputs, f64::from(penalty));
        compare(Loss::Generator, point, &of_generator, &found.generator, |w| &mut w.generator);
        compare(Loss::Discriminator, point, &of_discriminator, &found.discriminator, |w| &mut w.discriminator);
    }
}
