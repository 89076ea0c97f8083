//! The memory of a step.

use crate::nn::activations::Activations;
use crate::nn::memory::take;
use crate::nn::network::{CacheLine, Network, PANEL};
use crate::recipe::{Discriminator, Generator, PIXELS};

/// The memory of a step: what all samples of a batch leave behind.
#[derive(Debug)]
pub struct Workspace<'m> {
    pub(super) batch: usize,
    pub(super) generator: Activations<'m>,
    /// Fakes first, real images after them.
    pub(super) discriminator: Activations<'m>,
    /// `[2 batch]`, in the discriminator's order.
    pub(super) logits: &'m mut [f32],
    /// `[2 batch]`: each sample's part of the discriminator's loss.
    pub(super) losses: &'m mut [f32],
    /// `[2 batch]`: by what the gradients of the discriminator's sums are to be multiplied for those of its biases.
    pub(super) factors: &'m mut [f32],
}

impl<'m> Workspace<'m> {
    /// Cache lines that a workspace for `batch` samples takes.
    pub const fn lines(batch: usize) -> usize {
        let generator = Activations::floats_per_row(Generator::LAYERS);
        let discriminator = Activations::floats_per_row(Discriminator::LAYERS);
        (batch * (generator + 2 * (discriminator + 3))).div_ceil(PANEL)
    }

    /// A workspace for `batch` fakes and up to as many real images.
    ///
    /// # Panics
    /// If `memory` is shorter than [`Workspace::lines`] says, or the batch is 0.
    pub fn new(memory: &'m mut [CacheLine], batch: usize) -> Self {
        assert!(batch > 0, "a batch has at least one sample");
        let mut memory = bytemuck::cast_slice_mut(memory);
        Self {
            batch,
            generator: Activations::carve(&mut memory, Generator::LAYERS, batch),
            discriminator: Activations::carve(&mut memory, Discriminator::LAYERS, 2 * batch),
            logits: take(&mut memory, 2 * batch),
            losses: take(&mut memory, 2 * batch),
            factors: take(&mut memory, 2 * batch),
        }
    }

    /// Number of fakes a step.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The last step's fakes, `[batch][784]`, in -1..1.
    pub fn fakes(&self) -> &[f32] {
        &self.discriminator.inputs[0][..self.batch * PIXELS]
    }

    /// The last step's logits of the fakes, `[batch]`.
    pub fn fake_logits(&self) -> &[f32] {
        &self.logits[..self.batch]
    }

    /// The last step's logits of the real images, followed by older ones.
    pub fn real_logits(&self) -> &[f32] {
        &self.logits[self.batch..]
    }
}
