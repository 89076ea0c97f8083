//! The first phase of a step: a shard of the batch, forward and backward through both networks.

use super::batch::GanBatch;
use super::objective::{FakeLoss, Objective, RealLoss};
use super::penalty::{Penalty, Scratch};
use super::workspace::{Scored, Workspace};
use crate::nn::activation;
use crate::nn::activations::Activations;
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
}

/// Cuts fakes and real images each into `count` parts of almost equal size.
pub(super) fn cut_shards<'w, G: Network, D: Network>(
    workspace: &'w mut Workspace<'_, G, D>,
    count: usize,
    reals: usize,
) -> impl Iterator<Item = Shard<'w>> {
    let batch = workspace.batch();
    // Each shard has fakes, in whose memory the penalty on its real images is computed.
    let count = count.min(batch);
    let mut generator = workspace.generator.reborrow();
    let mut scored = workspace.discriminator.reborrow();
    let mut fakes = scored.take_rows(batch);
    shard_ranges(batch, count).zip(shard_ranges(reals, count)).map(move |(fake_rows, real_rows)| Shard {
        first_fake: fake_rows.start,
        first_real: real_rows.start,
        generator: generator.take_rows(fake_rows.len()),
        fakes: fakes.take_rows(fake_rows.len()),
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
    pub(super) gradient_penalty: f32,
}

impl<G: Network, D: Network, B, E: TaskExecutor> Shared<'_, G, D, B, E> {
    fn enter(&self, phase: Phase) {
        self.plan.executor.enter(phase);
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
        self.score_reals(shared);
        self.score_fakes(shared);
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

    /// Real images through the discriminator, and its loss back.
    fn score_reals<G, D, B, E>(&mut self, shared: &Shared<'_, G, D, B, E>)
    where
        G: Network,
        D: Network,
        B: GanBatch,
        E: TaskExecutor,
    {
        self.read_reals(shared);
        let (isa, Scored { pass, bias_factors }) = (shared.plan.isa, &mut self.reals);
        shared.enter(Phase::DiscriminatorForward);
        pass.forward(isa, &shared.discriminator);
        let Pass { activations, outputs, losses } = pass;
        let dlogits = last_gradients(activations);
        for ((&logit, loss), dlogit) in outputs.iter().zip(losses.iter_mut()).zip(dlogits.iter_mut()) {
            RealLoss { loss: *loss, dlogit: *dlogit } = shared.objective.real(logit);
        }
        shared.enter(Phase::DiscriminatorBackward);
        if shared.gradient_penalty == 0.0 {
            bias_factors.fill(1.0);
            pass.backward(isa, &shared.discriminator);
        } else {
            bias_factors.copy_from_slice(dlogits);
            dlogits.fill(1.0);
            pass.backward(isa, &shared.discriminator);
            let weight = shared.gradient_penalty / shared.objective.reals as f32;
            let penalty = Penalty { isa, discriminator: &shared.discriminator, weight };
            let pixels = last_gradients(&mut self.generator);
            let scratch = Scratch { pixels, fakes: &mut self.fakes.pass.activations };
            penalty.add(&mut pass.activations, bias_factors, scratch);
        }
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

    /// Fakes through the discriminator, and both losses back.
    ///
    /// The discriminator has one output, so the gradients of its own loss and of the generator's differ by one factor a
    /// sample: one backward pass, for a gradient of 1, is scaled twice.
    fn score_fakes<G, D, B, E>(&mut self, shared: &Shared<'_, G, D, B, E>)
    where
        G: Network,
        D: Network,
        B: GanBatch,
        E: TaskExecutor,
    {
        let (isa, Scored { pass, bias_factors }) = (shared.plan.isa, &mut self.fakes);
        bias_factors.fill(1.0);
        shared.enter(Phase::DiscriminatorForward);
        pass.forward(isa, &shared.discriminator);
        shared.enter(Phase::DiscriminatorBackward);
        last_gradients(&mut pass.activations).fill(1.0);
        pass.backward(isa, &shared.discriminator);
        let dpixels = last_gradients(&mut self.generator);
        mlp::input_gradient::<D>(isa, shared.discriminator.transposed, &pass.activations, dpixels);
        isa.vectorised(
            #[inline(always)]
            || scale_gradients::<G, D>(&shared.objective, pass, dpixels),
        );
    }
}

/// Turns the gradients of the fakes' logits into those of the losses: in `pass` of the discriminator's loss, in `dpixels`
/// of the generator's with respect to the sums of its last layer.
#[inline(always)]
fn scale_gradients<G: Network, D: Network>(objective: &Objective, pass: &mut Pass<'_>, dpixels: &mut [f32]) {
    let Pass { activations, outputs, losses } = pass;
    let last = const { G::LAYERS[G::LAYERS.len() - 1].activation };
    let images = dpixels.chunks_exact_mut(D::INPUTS).zip(activations.inputs[0].chunks_exact(D::INPUTS));
    for (row, (dpixels, pixels)) in images.enumerate() {
        let FakeLoss { loss, discriminator_dlogit, generator_dlogit } = objective.fake(outputs[row]);
        losses[row] = loss;
        activation::backward_scaled(last, generator_dlogit, pixels, dpixels);
        for (gradients, layer) in activations.gradients.iter_mut().zip(D::LAYERS) {
            gradients[row * layer.outputs..][..layer.outputs].iter_mut().for_each(|dx| *dx *= discriminator_dlogit);
        }
    }
}
