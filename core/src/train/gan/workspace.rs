//! The memory of a step.

use core::marker::PhantomData;

use super::differences::Differences;
use super::objective::LogitLosses;
use super::scratch::scratch_floats;
use crate::nn::activations::Activations;
use crate::nn::kernel::Element;
use crate::nn::memory::take;
use crate::nn::network::{Activation, CacheLine, Network, PANEL};
use crate::nn::precision::Precision;
use crate::train::pass::Pass;

/// The memory of a step of generator `G` and discriminator `D`: what all samples of a batch leave behind.
#[derive(Debug)]
pub struct Workspace<'m, G, D, E = f32> {
    pub(super) generator: Activations<'m, E>,
    /// Fakes first, real images after them.
    pub(super) discriminator: Scored<'m, E>,
    /// For all shards, [`scratch_floats`] for each fake and each real image.
    pub(super) scratch: &'m mut [f32],
    /// Number of fakes of the last step.
    pub(super) fakes: usize,
    /// If the discriminator sees differences of neighbouring pixels.
    pub(super) differences: Option<Differences<'m>>,
    networks: PhantomData<(G, D)>,
}

/// Images in front of the discriminator.
#[derive(Debug)]
pub(super) struct Scored<'m, E = f32> {
    pub(super) pass: Pass<'m, E>,
    /// `[rows]`: derivatives with respect to the logits.
    pub(super) dlogits: &'m mut [f32],
    /// `[rows / DEPTH]`: the factors that are not in the gradients of the layers' sums. The gradient of a sample's bias is
    /// that of the sum times this.
    pub(super) factors: &'m mut [E],
}

impl<'m, E: Element> Scored<'m, E> {
    const fn floats<D: Network>(rows: usize) -> usize {
        Pass::<E>::floats::<D>(rows) + rows + rows.div_ceil(E::DEPTH)
    }

    fn carve<D: Network>(memory: &mut &'m mut [f32], rows: usize) -> Self {
        Self {
            pass: Pass::carve::<D>(memory, rows),
            dlogits: take(memory, rows),
            factors: bytemuck::cast_slice_mut(take(memory, rows.div_ceil(E::DEPTH))),
        }
    }

    pub(super) fn reborrow(&mut self) -> Scored<'_, E> {
        Scored { pass: self.pass.reborrow(), dlogits: &mut *self.dlogits, factors: &mut *self.factors }
    }

    /// The logits, and where the losses are written.
    pub(super) fn logit_losses(&mut self) -> LogitLosses<'_> {
        LogitLosses { logits: self.pass.outputs, losses: self.pass.losses, dlogits: self.dlogits }
    }

    /// Cuts off the first `rows` samples: a multiple of [`Element::DEPTH`], or all.
    pub(super) fn take_rows(&mut self, rows: usize) -> Self {
        Self {
            pass: self.pass.take_rows(rows),
            dlogits: take(&mut self.dlogits, rows),
            factors: take(&mut self.factors, rows.div_ceil(E::DEPTH)),
        }
    }
}

/// Images in front of the discriminator in a step of `batch` fakes. No element has numbers of a fake and of a real image.
const fn images<E: Element>(batch: usize) -> usize {
    2 * batch.next_multiple_of(E::DEPTH)
}

/// Checks that a discriminator reads what a generator draws.
const fn check<G: Network, D: Network>() {
    assert!(G::OUTPUTS == D::INPUTS, "the discriminator must be as wide as the generator's output");
    assert!(D::OUTPUTS == 1, "the discriminator must have one output");
    assert!(
        matches!(D::LAYERS[D::LAYERS.len() - 1].activation, Activation::Linear),
        "the discriminator's output is a logit: no activation may follow its last layer"
    );
}

impl<'m, G: Network, D: Network, E: Precision> Workspace<'m, G, D, E> {
    /// Cache lines that a workspace for `batch` samples takes.
    pub const fn lines(batch: usize) -> usize {
        const { check::<G, D>() }
        let scratch = 2 * batch * scratch_floats::<G, D, E>();
        let images = Scored::<E>::floats::<D>(images::<E>(batch));
        (Activations::<E>::floats(G::LAYERS, batch) + images + scratch).div_ceil(PANEL)
    }

    /// A workspace for `batch` fakes and up to as many real images.
    ///
    /// # Panics
    /// If `memory` is shorter than [`Workspace::lines`] says, or the batch is 0.
    pub fn new(memory: &'m mut [CacheLine], batch: usize) -> Self {
        const { check::<G, D>() }
        assert!(batch > 0, "a batch has at least one sample");
        let mut memory = bytemuck::cast_slice_mut(memory);
        Self {
            generator: Activations::carve(&mut memory, G::LAYERS, batch),
            discriminator: Scored::carve::<D>(&mut memory, images::<E>(batch)),
            scratch: take(&mut memory, 2 * batch * scratch_floats::<G, D, E>()),
            fakes: batch,
            differences: None,
            networks: PhantomData,
        }
    }

    /// Lets the discriminator also see the differences of neighbouring pixels, at each step with the same moments.
    ///
    /// # Panics
    /// If the memory is not that of `D`, or the outputs of its first layer are not a multiple of 16.
    pub fn with_differences(self, differences: Differences<'m>) -> Self {
        differences.check::<D>();
        Self { differences: Some(differences), ..self }
    }

    /// Most fakes of a step.
    pub fn batch(&self) -> usize {
        self.generator.rows
    }

    /// The last step's fakes, `[fakes / DEPTH][pixels]`. Gradient penalties overwrite them.
    pub fn fakes(&self) -> &[E] {
        &self.discriminator.pass.activations.inputs[0][..self.fakes.div_ceil(E::DEPTH) * D::INPUTS]
    }

    /// The last step's logits of the fakes, `[fakes]`.
    pub fn fake_logits(&self) -> &[f32] {
        &self.discriminator.pass.outputs[..self.fakes]
    }

    /// The last step's logits of the real images, followed by older ones.
    pub fn real_logits(&self) -> &[f32] {
        &self.discriminator.pass.outputs[self.fakes..]
    }

    /// The fakes' logits and parts of the discriminator's loss.
    pub(super) fn fakes_measured(&self) -> (&[f32], &[f32]) {
        (self.fake_logits(), &self.discriminator.pass.losses[..self.fakes])
    }

    /// The same of the first `count` real images.
    pub(super) fn reals_measured(&self, count: usize) -> (&[f32], &[f32]) {
        (&self.real_logits()[..count], &self.discriminator.pass.losses[self.fakes..][..count])
    }
}
