//! The first phase of a step: a shard of the batch, forward and backward through both networks.

use super::batch::GanBatch;
use super::objective::Objective;
use super::penalty::{self, Penalty};
use super::workspace::{Scored, Workspace};
use crate::nn::activation::{self, Activation};
use crate::nn::activations::Activations;
use crate::nn::kernel::WIDTH;
use crate::nn::memory::take;
use crate::nn::mlp;
use crate::nn::network::Network;
use crate::train::execution::{Phase, Plan, TaskExecutor};
use crate::train::pass::{Frozen, Pass, last_gradients, shard_ranges};

/// A part of the batch with its part of the workspace.
pub(super) struct Shard<'w> {
    first_fake: usize,
    first_real: usize,
    generator: Activations<'w>,
    fakes: Scored<'w>,
    reals: Scored<'w>,
    /// For the penalties: [`penalty::floats_per_row`] floats a fake.
    scratch: &'w mut [f32],
}

/// Cuts `fakes` and `reals` each into `count` parts of almost equal size.
pub(super) fn cut_shards<'w, G: Network, D: Network>(
    workspace: &'w mut Workspace<'_, G, D>,
    count: usize,
    fakes: usize,
    reals: usize,
) -> impl Iterator<Item = Shard<'w>> {
    // Each shard has fakes, in whose memory the penalty on its real images is computed.
    let count = count.min(fakes);
    let mut generator = workspace.generator.reborrow();
    let mut scored = workspace.discriminator.reborrow();
    let mut drawn = scored.take_rows(fakes);
    let mut scratch = &mut *workspace.scratch;
    shard_ranges(fakes, count).zip(shard_ranges(reals, count)).map(move |(fake_rows, real_rows)| Shard {
        first_fake: fake_rows.start,
        first_real: real_rows.start,
        generator: generator.take_rows(fake_rows.len()),
        scratch: take(&mut scratch, fake_rows.len() * penalty::floats_per_row::<D>()),
        fakes: drawn.take_rows(fake_rows.len()),
        reals: scored.take_rows(real_rows.len()),
    })
}

/// What all shards of a step share.
pub(super) struct Shared<'s, G: Network, D: Network, B, E> {
    pub(super) generator: Frozen<'s, G>,
    pub(super) discriminator: Frozen<'s, D>,
    pub(super) batch: &'s B,
    pub(super) plan: &'s Plan<'s, E>,
    pub(super) objective: Objective,
    pub(super) r1: f32,
    pub(super) r2: f32,
}

impl<G: Network, D: Network, B, E: TaskExecutor> Shared<'_, G, D, B, E> {
    fn enter(&self, phase: Phase) {
        self.plan.executor.enter(phase);
    }

    /// A penalty of this weight for each sample.
    fn penalty(&self, weight: f32) -> Penalty<'_, D> {
        Penalty { isa: self.plan.isa, discriminator: &self.discriminator, weight }
    }
}

impl Shard<'_> {
    pub(super) fn run<G, D, B, E>(mut self, shared: &Shared<'_, G, D, B, E>)
    where
        G: Network,
        D: Network,
        B: GanBatch,
        E: TaskExecutor,
    {
        self.generate(shared);
        self.read_reals(shared);
        self.score(shared);
        shared.enter(Phase::DiscriminatorBackward);
        self.reals_backward(shared);
        self.fakes_backward(shared);
        shared.enter(Phase::GeneratorBackward);
        mlp::backward::<G>(shared.plan.isa, shared.generator.transposed, &mut self.generator);
        shared.enter(Phase::Idle);
    }

    /// Latents through the generator, to fakes.
    fn generate<G, D, B, E>(&mut self, shared: &Shared<'_, G, D, B, E>)
    where
        G: Network,
        D: Network,
        B: GanBatch,
        E: TaskExecutor,
    {
        shared.enter(Phase::Latents);
        let latents = &mut *self.generator.inputs[0];
        shared.plan.isa.vectorised(
            #[inline(always)]
            || shared.batch.latents(self.first_fake, latents),
        );
        shared.enter(Phase::GeneratorForward);
        mlp::forward(shared.plan.isa, shared.generator.weights, &mut self.generator, self.fakes.pass.inputs());
    }

    fn read_reals<G, D, B, E>(&mut self, shared: &Shared<'_, G, D, B, E>)
    where
        G: Network,
        D: Network,
        B: GanBatch,
        E: TaskExecutor,
    {
        shared.enter(Phase::RealImages);
        let (first, images) = (self.first_real, self.reals.pass.inputs().chunks_exact_mut(D::INPUTS));
        shared.plan.isa.vectorised(
            #[inline(always)]
            || {
                // `for_each` would not be inlined, and so not be compiled for the instruction set.
                for (row, image) in (first..).zip(images) {
                    shared.batch.image(row, image);
                }
            },
        );
    }

    /// Real images and fakes through the discriminator, to the losses and the derivatives of their logits.
    fn score<G, D, B, E>(&mut self, shared: &Shared<'_, G, D, B, E>)
    where
        G: Network,
        D: Network,
        E: TaskExecutor,
    {
        shared.enter(Phase::DiscriminatorForward);
        self.reals.pass.forward(shared.plan.isa, &shared.discriminator);
        self.fakes.pass.forward(shared.plan.isa, &shared.discriminator);
        shared.objective.losses(self.reals.logit_losses(), self.fakes.logit_losses());
    }

    /// The discriminator's loss of the real images back through it.
    ///
    /// With a penalty, the gradients are those of the logits, and the factor of the loss is in the inputs of the layers.
    fn reals_backward<G, D, B, E>(&mut self, shared: &Shared<'_, G, D, B, E>)
    where
        G: Network,
        D: Network,
        E: TaskExecutor,
    {
        let (isa, Scored { pass, dlogits }) = (shared.plan.isa, &mut self.reals);
        dlogits.iter_mut().for_each(|dlogit| *dlogit = shared.objective.of_real(*dlogit));
        if shared.r1 == 0.0 {
            last_gradients(&mut pass.activations).copy_from_slice(dlogits);
            dlogits.fill(1.0);
            pass.backward(isa, &shared.discriminator);
            return;
        }
        last_gradients(&mut pass.activations).fill(1.0);
        pass.backward(isa, &shared.discriminator);
        let penalty = shared.penalty(shared.r1 / shared.objective.reals as f32);
        let mut rest = pass.activations.reborrow();
        // The memory is that of the fakes, of which a shard can have one less.
        for dlogits in dlogits.chunks(self.generator.rows) {
            let mut some = rest.take_rows(dlogits.len());
            let u = &mut last_gradients(&mut self.generator)[..dlogits.len() * D::INPUTS];
            mlp::input_gradient::<D>(isa, shared.discriminator.transposed, &some, u);
            penalty.add(&mut some, dlogits, u, self.scratch);
            penalty.add_to_inputs(&mut some, dlogits, u);
        }
    }

    /// Both losses of the fakes back through the discriminator, the generator's to the sums of its last layer.
    ///
    /// The discriminator has one output, so the gradients of both losses differ by one factor a sample: one backward pass,
    /// for a gradient of 1, is scaled twice.
    fn fakes_backward<G, D, B, E>(&mut self, shared: &Shared<'_, G, D, B, E>)
    where
        G: Network,
        D: Network,
        E: TaskExecutor,
    {
        let (isa, Scored { pass, dlogits }) = (shared.plan.isa, &mut self.fakes);
        last_gradients(&mut pass.activations).fill(1.0);
        pass.backward(isa, &shared.discriminator);
        let dpixels = last_gradients(&mut self.generator);
        mlp::input_gradient::<D>(isa, shared.discriminator.transposed, &pass.activations, dpixels);
        if shared.r2 == 0.0 {
            isa.vectorised(
                #[inline(always)]
                || scale_gradients::<G, D>(&shared.objective, pass, dlogits, dpixels),
            );
            dlogits.fill(1.0);
            return;
        }
        dlogits.iter_mut().for_each(|dlogit| *dlogit = shared.objective.of_fake(*dlogit));
        let penalty = shared.penalty(shared.r2 / shared.objective.fakes as f32);
        penalty.add(&mut pass.activations, dlogits, dpixels, self.scratch);
        isa.vectorised(
            #[inline(always)]
            || penalise_pixels::<G, D>(&shared.objective, penalty.weight, pass, dlogits, dpixels),
        );
    }
}

/// Turns the gradients of the fakes' logits into those of the losses: in `pass` of the discriminator's loss, in `dpixels`
/// of the generator's with respect to the sums of its last layer.
#[inline(always)]
fn scale_gradients<G: Network, D: Network>(
    objective: &Objective,
    pass: &mut Pass<'_>,
    dlogits: &[f32],
    dpixels: &mut [f32],
) {
    let activations = &mut pass.activations;
    let images = dpixels.chunks_exact_mut(D::INPUTS).zip(activations.inputs[0].chunks_exact(D::INPUTS));
    for ((row, (dpixels, pixels)), &dlogit) in images.enumerate().zip(dlogits) {
        activation::backward_scaled(last_activation::<G>(), objective.of_generator(dlogit), pixels, dpixels);
        let dlogit = objective.of_fake(dlogit);
        for (gradients, layer) in activations.gradients.iter_mut().zip(D::LAYERS) {
            gradients[row * layer.outputs..][..layer.outputs].iter_mut().for_each(|dx| *dx *= dlogit);
        }
    }
}

/// Adds the penalty of the discriminator's first layer to the pixels of the fakes, whose gradients of the logits are in
/// `dpixels`, and turns these into the gradients of the generator's loss with respect to the sums of its last layer.
///
/// Both at once: each needs the pixels or gradients that the other overwrites.
#[inline(always)]
fn penalise_pixels<G: Network, D: Network>(
    objective: &Objective,
    weight: f32,
    pass: &mut Pass<'_>,
    dlogits: &[f32],
    dpixels: &mut [f32],
) {
    let images = dpixels.chunks_exact_mut(D::INPUTS).zip(pass.inputs().chunks_exact_mut(D::INPUTS));
    for ((dpixels, pixels), &dlogit) in images.zip(dlogits) {
        let of_generator = dlogit - 1.0 / objective.fakes as f32;
        for (dpixels, pixels) in dpixels.chunks_mut(WIDTH).zip(pixels.chunks_mut(WIDTH)) {
            let mut drawn = [0.0; WIDTH];
            let drawn = &mut drawn[..pixels.len()];
            drawn.copy_from_slice(pixels);
            for (pixel, dpixel) in pixels.iter_mut().zip(&*dpixels) {
                *pixel = dlogit * *pixel + weight * dpixel;
            }
            activation::backward_scaled(last_activation::<G>(), of_generator, drawn, dpixels);
        }
    }
}

/// The activation of the last layer of `G`.
const fn last_activation<G: Network>() -> Activation {
    G::LAYERS[G::LAYERS.len() - 1].activation
}
