//! The golden steps: training steps whose inputs a small generator makes, so that TensorFlow, this crate on a PC and this
//! crate on a microcontroller can all take them and be compared.
//!
//! The generator is s <- 1664525 s + 1013904223 (mod 2^32), of which the upper 24 bits count, as u in 0..1. It makes, in
//! this order: the generator's weights and then the discriminator's, layer by layer, each kernel ±sqrt(6 / (in + out)),
//! then its biases ±0.05; and for every step the latents, each (u1 + u2 + u3 + u4 - 2) sqrt(3), then the real images, of
//! whose pixels four in five are -1.

use core::fmt::{self, Write};

use crate::infer::checksum::crc32;
use crate::nn::network::{Layer, Network, layers, layers_mut};
use crate::recipe::{Discriminator, Generator, LATENT, LEARNING_RATE, PIXELS, REAL_LABEL};
use crate::train::execution::{Plan, TaskExecutor};
use crate::train::gan::{GanBatch, Loss, Rules, StepMetrics, step};
use crate::train::optimiser::{Adam, RmsProp};
use crate::train::recipe::{Gan, Workspace};

/// The generator of all inputs.
#[derive(Clone, Debug)]
pub struct Lcg(u32);

impl Lcg {
    /// Starts with a golden file's seed.
    pub fn new(seed: u32) -> Self {
        Self(seed)
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.0 >> 8) / f64::from(1 << 24)
    }

    fn symmetric(&mut self) -> f64 {
        2.0 * self.uniform() - 1.0
    }

    /// Puts both networks where the golden steps start; the moments of their optimisers must be 0.
    pub fn start(&mut self, gan: &mut Gan) {
        self.fill(&mut gan.generator.weights);
        self.fill(&mut gan.discriminator.weights);
        gan.copy_kernels();
    }

    fn fill<N: Network>(&mut self, network: &mut N) {
        for (Layer { inputs, outputs, .. }, kernel, bias) in layers_mut(N::LAYERS, network.flat_mut()) {
            let limit = libm::sqrt(6.0 / (inputs + outputs) as f64);
            kernel.fill_with(|| (self.symmetric() * limit) as f32);
            bias.fill_with(|| (self.symmetric() * 0.05) as f32);
        }
    }

    /// Makes the inputs of the next step: `latents` is `[batch][100]`, `images` `[reals][784]`.
    pub fn inputs<'m>(&mut self, latents: &'m mut [f32], images: &'m mut [f32]) -> Inputs<'m> {
        let root = libm::sqrt(3.0);
        latents.fill_with(|| (((0..4).map(|_| self.uniform()).sum::<f64>() - 2.0) * root) as f32);
        images.fill_with(|| if self.uniform() < 0.8 { -1.0 } else { self.symmetric() as f32 });
        Inputs { latents, images }
    }
}

/// The inputs of a step, in memory.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'m> {
    latents: &'m [f32],
    images: &'m [f32],
}

impl GanBatch for Inputs<'_> {
    fn real_count(&self) -> usize {
        self.images.len() / PIXELS
    }

    fn latents(&self, first: usize, into: &mut [f32]) {
        into.copy_from_slice(&self.latents[first * LATENT..][..into.len()]);
    }

    fn image(&self, row: usize, into: &mut [f32]) {
        into.copy_from_slice(&self.images[row * PIXELS..][..PIXELS]);
    }
}

/// Takes step `number`, counted from 1, with the recipe's rules.
///
/// # Panics
/// Those of [`step`].
pub fn take_step<T: TaskExecutor>(
    gan: &mut Gan,
    workspace: &mut Workspace<'_>,
    inputs: &Inputs<'_>,
    plan: &Plan<'_, T>,
    number: u64,
) -> StepMetrics {
    let rules = Rules {
        generator: Adam::at_step(LEARNING_RATE, number),
        discriminator: RmsProp::new(LEARNING_RATE),
        loss: Loss::CrossEntropy { real_label: REAL_LABEL },
        r1: 0.0,
        r2: 0.0,
    };
    step(gan, workspace, inputs, plan, &rules)
}

/// Writes what came out of a step, to the bit: the losses, and the CRC-32 of every tensor of weights, a line each.
///
/// # Errors
/// Those of `out`.
pub fn write_result(out: &mut impl Write, number: u64, metrics: &StepMetrics, gan: &Gan) -> fmt::Result {
    for (name, loss) in [("discriminator", metrics.d_loss), ("generator", metrics.g_loss)] {
        writeln!(out, "step {number}, loss of the {name}: {loss} ({:08x})", loss.to_bits())?;
    }
    write_tensors::<Generator>(out, "g", &gan.generator.weights)?;
    write_tensors::<Discriminator>(out, "d", &gan.discriminator.weights)
}

fn write_tensors<N: Network>(out: &mut impl Write, network: &str, weights: &N) -> fmt::Result {
    for (index, layer) in layers(N::LAYERS, weights.flat()).enumerate() {
        for (part, values) in [("kernel", layer.kernel), ("bias", layer.bias)] {
            writeln!(out, "{network}.{index}.{part} {:08x}", crc32(bytemuck::cast_slice(values)))?;
        }
    }
    Ok(())
}
