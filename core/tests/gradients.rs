//! Gradients of both losses, for every layer of both networks, against finite differences in f64, for networks of several
//! sizes and depths.
//!
//! The reference below is independent of the crate: plain loops in f64, straight from the definition of the losses.

mod reference;

use pocketgan_core::network;
use pocketgan_core::nn::kernel::{Bf16Pair, Isa};
use pocketgan_core::nn::network::{Activation, Layer, Network};
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_core::recipe::{Discriminator, Generator, REAL_LABEL};
use pocketgan_core::train::execution::Plan;
use pocketgan_core::train::gan::{Gan, GanBatch, Loss, Rules, ShardPrecision, Workspace, step};
use pocketgan_core::train::optimiser::KeepGradient;
use reference::{assert_gradients, forward, positions, to_f64};

const BATCH: usize = 3;
const REALS: usize = 2;

network! {
    /// Two layers, none of a width that is a multiple of sixteen.
    struct ShallowGenerator {
        hidden: 5 => 19 LeakyRelu,
        image: 19 => 33 Tanh,
    }
}

network! {
    /// More layers than the recipe's, each of them narrower than its input.
    struct DeepDiscriminator {
        dense0: 33 => 21 LeakyRelu,
        dense1: 21 => 17 LeakyRelu,
        dense2: 17 => 17 Linear,
        dense3: 17 => 9 LeakyRelu,
        dense4: 9 => 16 LeakyRelu,
        dense5: 16 => 1 Linear,
    }
}

network! {
    /// One linear map.
    struct LinearGenerator {
        image: 3 => 20 Linear,
    }
}

network! {
    /// A logistic regression.
    struct LogisticDiscriminator {
        logit: 20 => 1 Linear,
    }
}

network! {
    /// Hidden layers wider than the image and than any layer of its generator.
    struct WideDiscriminator {
        dense0: 20 => 70 LeakyRelu,
        dense1: 70 => 130 LeakyRelu,
        logit: 130 => 1 Linear,
    }
}

struct Inputs {
    latents: Vec<f32>,
    images: Vec<f32>,
    /// Numbers in a latent and pixels of an image.
    latent: usize,
    pixels: usize,
}

impl Inputs {
    fn random(latent: usize, pixels: usize) -> Self {
        let mut stream = Stream::at(3, Purpose::Training, 0);
        let latents = (0..BATCH * latent).map(|_| 2.0 * stream.symmetric()).collect();
        Self { latents, images: (0..REALS * pixels).map(|_| stream.symmetric()).collect(), latent, pixels }
    }

    /// The real images in f64.
    fn reals(&self) -> Vec<Vec<f64>> {
        self.images.chunks(self.pixels).map(to_f64).collect()
    }
}

impl GanBatch for Inputs {
    fn real_count(&self) -> usize {
        REALS
    }

    fn latents(&self, first: usize, into: &mut [f32]) {
        into.copy_from_slice(&self.latents[first * self.latent..][..into.len()]);
    }

    fn image(&self, row: usize, into: &mut [f32]) {
        into.copy_from_slice(&self.images[row * self.pixels..][..self.pixels]);
    }
}

/// `|dD/dx|²` by the chain rule.
fn squared_gradient_norm<D: Network>(mut weights: &[f64], image: &[f64]) -> f64 {
    let mut kernels = Vec::new();
    let mut x = image.to_vec();
    // The slopes of each layer's activation.
    let mut slopes = Vec::new();
    for shape in D::LAYERS {
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

/// What determines the losses.
#[derive(Clone, Copy, Debug)]
struct Losses {
    loss: Loss,
    r1: f32,
    r2: f32,
}

const LOSSES: [Losses; 5] = [
    Losses { loss: Loss::CrossEntropy { real_label: REAL_LABEL }, r1: 0.0, r2: 0.0 },
    Losses { loss: Loss::CrossEntropy { real_label: REAL_LABEL }, r1: 4.0, r2: 0.0 },
    Losses { loss: Loss::CrossEntropy { real_label: 1.0 }, r1: 0.0, r2: 3.0 },
    Losses { loss: Loss::RelativisticPairing, r1: 0.0, r2: 0.0 },
    Losses { loss: Loss::RelativisticPairing, r1: 4.0, r2: 3.0 },
];

/// The logits of the pairs, `(fake, real)`. Fakes without a real image are in none.
fn pairs<G: Network, D: Network>(generator: &[f64], discriminator: &[f64], inputs: &Inputs) -> Vec<(f64, f64)> {
    let real = |image: &Vec<f64>| forward(D::LAYERS, discriminator, image)[0];
    let fakes = fakes::<G>(generator, inputs);
    fakes.iter().zip(&inputs.reals()).map(|(fake, image)| (real(fake), real(image))).collect()
}

/// The generator's loss, given the weights of both networks.
fn generator_loss<G: Network, D: Network>(
    generator: &[f64],
    discriminator: &[f64],
    inputs: &Inputs,
    losses: Losses,
) -> f64 {
    match losses.loss {
        Loss::CrossEntropy { .. } => {
            mean(&fakes::<G>(generator, inputs), |fake| cross_entropy(forward(D::LAYERS, discriminator, fake)[0], 1.0))
        }
        Loss::RelativisticPairing => {
            mean(&pairs::<G, D>(generator, discriminator, inputs), |(fake, real)| (1.0 + (real - fake).exp()).ln())
        }
    }
}

/// The discriminator's loss with its gradient penalties.
fn discriminator_loss<G: Network, D: Network>(
    generator: &[f64],
    discriminator: &[f64],
    inputs: &Inputs,
    losses: Losses,
) -> f64 {
    let (reals, mut fakes) = (inputs.reals(), fakes::<G>(generator, inputs));
    let logit = |image: &Vec<f64>| forward(D::LAYERS, discriminator, image)[0];
    let loss = match losses.loss {
        Loss::CrossEntropy { real_label } => {
            let real_loss = mean(&reals, |image| cross_entropy(logit(image), real_label.into()));
            real_loss + mean(&fakes, |fake| cross_entropy(logit(fake), 0.0))
        }
        Loss::RelativisticPairing => {
            fakes.truncate(REALS);
            mean(&pairs::<G, D>(generator, discriminator, inputs), |(fake, real)| (1.0 + (fake - real).exp()).ln())
        }
    };
    let penalty = |images: &[Vec<f64>]| mean(images, |image| squared_gradient_norm::<D>(discriminator, image)) / 2.0;
    loss + f64::from(losses.r1) * penalty(&reals) + f64::from(losses.r2) * penalty(&fakes)
}

fn fakes<G: Network>(generator: &[f64], inputs: &Inputs) -> Vec<Vec<f64>> {
    inputs.latents.chunks(G::INPUTS).map(|latent| forward(G::LAYERS, generator, &to_f64(latent))).collect()
}

fn mean<T>(values: &[T], of: impl Fn(&T) -> f64) -> f64 {
    values.iter().map(of).sum::<f64>() / values.len() as f64
}

/// The crate's gradients, by an optimiser that keeps them in place of a moment.
fn take_step<G: Network, D: Network, E: ShardPrecision>(
    gan: &mut Gan<G, D, 1, 1, E>,
    inputs: &Inputs,
    isa: Isa,
    losses: Losses,
) {
    let mut memory = bytemuck::zeroed_vec(Workspace::<G, D, E>::lines(BATCH));
    let mut workspace = Workspace::new(&mut memory, BATCH);
    let Losses { loss, r1, r2 } = losses;
    let rules = Rules { generator: KeepGradient, discriminator: KeepGradient, loss, r1, r2 };
    step(gan, &mut workspace, inputs, &Plan::serial(isa, 2), &rules);
}

fn gradients_agree_with_finite_differences<G: Network, D: Network>() {
    let inputs = Inputs::random(G::INPUTS, D::INPUTS);
    let mut gan: Box<Gan<G, D, 1, 1>> = bytemuck::zeroed_box();
    gan.start(11);
    let (g, d) = (to_f64(gan.generator.weights.flat()), to_f64(gan.discriminator.weights.flat()));
    let (in_g, in_d) = (positions(&gan.generator.weights), positions(&gan.discriminator.weights));
    for (isa, losses) in Isa::available().flat_map(|isa| LOSSES.map(|losses| (isa, losses))) {
        take_step(&mut gan, &inputs, isa, losses);
        let (dg, dd) = (to_f64(gan.generator.moments[0].flat()), to_f64(gan.discriminator.moments[0].flat()));
        assert_gradients(&dg, &in_g, &g, |g| generator_loss::<G, D>(g, &d, &inputs, losses));
        assert_gradients(&dd, &in_d, &d, |d| discriminator_loss::<G, D>(&g, d, &inputs, losses));
    }
}

#[test]
fn gradients_of_the_recipe_agree_with_finite_differences_in_every_layer() {
    gradients_agree_with_finite_differences::<Generator, Discriminator>();
}

#[test]
fn gradients_of_a_deep_discriminator_with_uneven_widths_agree_with_finite_differences() {
    gradients_agree_with_finite_differences::<ShallowGenerator, DeepDiscriminator>();
}

#[test]
fn gradients_of_single_layers_agree_with_finite_differences() {
    gradients_agree_with_finite_differences::<LinearGenerator, LogisticDiscriminator>();
}

#[test]
fn gradients_of_a_discriminator_wider_than_its_generator_agree_with_finite_differences() {
    gradients_agree_with_finite_differences::<LinearGenerator, WideDiscriminator>();
}

/// The gradients of both networks.
fn gradients<G: Network, D: Network, E: ShardPrecision>(inputs: &Inputs, isa: Isa, losses: Losses) -> [Vec<f64>; 2] {
    let mut gan: Box<Gan<G, D, 1, 1, E>> = bytemuck::zeroed_box();
    gan.start(11);
    take_step(&mut gan, inputs, isa, losses);
    [to_f64(gan.generator.moments[0].flat()), to_f64(gan.discriminator.moments[0].flat())]
}

/// Compares the gradients of each layer in bfloat16 with those in f32. A number in bfloat16 errs by up to 1 / 512, and some
/// sums change their sign and so the slope of their leaky ReLU. What is left of the errors in the direction of the gradient
/// is little: nothing is forgotten or counted twice.
fn gradients_in_bfloat16_agree<G: Network, D: Network>() {
    let inputs = Inputs::random(G::INPUTS, D::INPUTS);
    let isas = Isa::available().flat_map(|isa| [isa, isa.in_tiles()]);
    for (isa, losses) in isas.flat_map(|isa| LOSSES.map(|losses| (isa, losses))) {
        let exact = gradients::<G, D, f32>(&inputs, isa, losses);
        let rounded = gradients::<G, D, Bf16Pair>(&inputs, isa, losses);
        for (shapes, (exact, rounded)) in [G::LAYERS, D::LAYERS].into_iter().zip(exact.iter().zip(&rounded)) {
            let mut start = 0;
            for shape in shapes {
                let layer = start..start + shape.len();
                start = layer.end;
                let pairs = || exact[layer.clone()].iter().zip(&rounded[layer.clone()]);
                let whole: f64 = pairs().map(|(e, _)| e * e).sum();
                let along = pairs().map(|(e, r)| e * r).sum::<f64>() / whole;
                let error = (pairs().map(|(e, r)| (e - r) * (e - r)).sum::<f64>() / whole).sqrt();
                assert!((along - 1.0).abs() < 0.1 && error < 0.25, "{shape:?} {losses:?} {isa:?}: {along}, {error}");
            }
        }
    }
}

#[test]
fn gradients_in_bfloat16_are_those_in_f32_up_to_its_rounding() {
    gradients_in_bfloat16_agree::<Generator, Discriminator>();
    gradients_in_bfloat16_agree::<ShallowGenerator, DeepDiscriminator>();
}

#[test]
#[should_panic(expected = "the gradient penalty needs a discriminator")]
fn a_gradient_penalty_on_a_curved_discriminator_is_an_error() {
    network! {
        struct Curved {
            dense0: 20 => 8 Tanh,
            logit: 8 => 1 Linear,
        }
    }
    let mut gan: Box<Gan<LinearGenerator, Curved, 1, 1>> = bytemuck::zeroed_box();
    take_step(&mut gan, &Inputs::random(3, 20), Isa::PORTABLE, LOSSES[1]);
}
