//! A shard in f32.

use super::batch::GanBatch;
use super::objective::Objective;
use super::penalty::Penalty;
use super::shard::{Shard, ShardPrecision, Shared, last_activation};
use super::workspace::Scored;
use crate::nn::activation;
use crate::nn::kernel::WIDTH;
use crate::nn::mlp;
use crate::nn::network::Network;
use crate::train::execution::{Phase, TaskExecutor};
use crate::train::pass::{Pass, last_gradients};

/// A penalty of this weight for each sample.
fn penalty<'a, G: Network, D: Network, B, X>(shared: &'a Shared<'_, G, D, B, X>, weight: f32) -> Penalty<'a, D> {
    Penalty { isa: shared.plan.isa, discriminator: &shared.discriminator, weight }
}

impl ShardPrecision for f32 {
    fn run<G: Network, D: Network, B: GanBatch, X: TaskExecutor>(
        mut shard: Shard<'_, f32>,
        shared: &Shared<'_, G, D, B, X>,
    ) {
        shard.generate(shared);
        shard.read_reals(shared);
        shard.score(shared);
        shared.enter(Phase::DiscriminatorBackward);
        shard.reals_backward(shared);
        shard.fakes_backward(shared);
        shared.enter(Phase::GeneratorBackward);
        mlp::backward::<G>(shared.plan.isa, shared.generator.copies, &mut shard.generator);
        shared.enter(Phase::Idle);
    }
}

impl Shard<'_, f32> {
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
        let (isa, Scored { pass, dlogits, factors }) = (shared.plan.isa, &mut self.reals);
        dlogits.iter_mut().for_each(|dlogit| *dlogit = shared.objective.of_real(*dlogit));
        if shared.r1 == 0.0 {
            last_gradients(&mut pass.activations).copy_from_slice(dlogits);
            factors.fill(1.0);
            pass.backward(isa, &shared.discriminator);
            return;
        }
        factors.copy_from_slice(dlogits);
        last_gradients(&mut pass.activations).fill(1.0);
        pass.backward(isa, &shared.discriminator);
        let penalty = penalty(shared, shared.r1 / shared.objective.reals as f32);
        let mut rest = pass.activations.reborrow();
        // The memory is that of the fakes, of which a shard can have one less.
        for dlogits in dlogits.chunks(self.generator.rows) {
            let mut some = rest.take_rows(dlogits.len());
            let u = &mut last_gradients(&mut self.generator)[..dlogits.len() * D::INPUTS];
            mlp::input_gradient::<D>(isa, shared.discriminator.copies, &some, u);
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
        let (isa, Scored { pass, dlogits, factors }) = (shared.plan.isa, &mut self.fakes);
        last_gradients(&mut pass.activations).fill(1.0);
        pass.backward(isa, &shared.discriminator);
        let dpixels = last_gradients(&mut self.generator);
        mlp::input_gradient::<D>(isa, shared.discriminator.copies, &pass.activations, dpixels);
        if shared.r2 == 0.0 {
            isa.vectorised(
                #[inline(always)]
                || scale_gradients::<G, D>(&shared.objective, pass, dlogits, dpixels),
            );
            factors.fill(1.0);
            return;
        }
        dlogits.iter_mut().for_each(|dlogit| *dlogit = shared.objective.of_fake(*dlogit));
        factors.copy_from_slice(dlogits);
        let penalty = penalty(shared, shared.r2 / shared.objective.fakes as f32);
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
