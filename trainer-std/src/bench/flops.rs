//! Floating-point operations of a step, counted from the tables of layers.
//!
//! Counted are the matrix products, two operations a multiply-add. Biases, activations, noise and optimisers are not:
//! they take time without helping the figure.

use pocketgan_core::nn::network::{Layer, Network};
use pocketgan_core::recipe::{Discriminator, Generator};
use pocketgan_core::train::execution::Phase;

/// The parts of a step, in their order.
pub(super) const PHASES: [Phase; 8] = [
    Phase::Latents,
    Phase::GeneratorForward,
    Phase::RealImages,
    Phase::DiscriminatorForward,
    Phase::DiscriminatorBackward,
    Phase::GeneratorBackward,
    Phase::Update,
    Phase::Idle,
];

/// Operations of one part of a step with this many fakes and real images.
pub(super) fn of_phase(phase: Phase, fakes: usize, reals: usize) -> u64 {
    let (generator, discriminator) = (kernels(Generator::LAYERS), kernels(Discriminator::LAYERS));
    // The gradients of latents and of real images are not needed, so the first layer's backward product is left out.
    let (generator_back, discriminator_back) = (kernels(&Generator::LAYERS[1..]), kernels(&Discriminator::LAYERS[1..]));
    let multiply_adds = match phase {
        Phase::GeneratorForward => generator * fakes,
        Phase::DiscriminatorForward => discriminator * (fakes + reals),
        Phase::DiscriminatorBackward => discriminator * fakes + discriminator_back * reals,
        Phase::GeneratorBackward => generator_back * fakes,
        Phase::Update => generator * fakes + discriminator * (fakes + reals),
        Phase::Latents | Phase::RealImages | Phase::Idle => 0,
    };
    2 * multiply_adds as u64
}

fn kernels(layers: &[Layer]) -> usize {
    layers.iter().map(Layer::kernel_len).sum()
}

/// Operations of a whole step.
pub(super) fn of_step(fakes: usize, reals: usize) -> u64 {
    PHASES.into_iter().map(|phase| of_phase(phase, fakes, reals)).sum()
}

/// Real images of each step of an epoch: all batches are full but the last.
pub(super) fn reals_of_steps(images: usize, batch: usize) -> impl Iterator<Item = usize> {
    (0..images).step_by(batch).map(move |first| batch.min(images - first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_the_sum_of_its_products() {
        // Latent to pixels and back, pixels to logit and back, by hand.
        let generator = 100 * 100 + 100 * 128 + 128 * 128 + 128 * 256 + 256 * 784;
        let judge = 784 * 128 + 128 * 128 + 128 * 128 + 128;
        let of_a_fake = 3 * generator - 100 * 100 + 3 * judge;
        let of_a_real = 3 * judge - 784 * 128;
        assert_eq!(of_step(256, 256), 2 * 256 * (of_a_fake + of_a_real));
        assert_eq!(of_step(256, 96), 2 * (256 * of_a_fake + 96 * of_a_real));
        assert_eq!(of_step(256, 256), 771_637_248);
    }

    #[test]
    fn an_epoch_of_mnist_has_235_steps_the_last_with_96_images() {
        let reals: Vec<usize> = reals_of_steps(60_000, 256).collect();
        assert_eq!((reals.len(), reals[0], reals[233], reals[234]), (235, 256, 256, 96));
        assert_eq!(reals_of_steps(300, 1024).collect::<Vec<_>>(), [300]);
    }
}
