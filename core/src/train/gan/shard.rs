//! The first phase of a step: a part of the batch, forward and backward through both networks.

use heapless::Vec;

use super::Losses;
use super::penalty::Penalty;
use super::{Gan, MAX_SHARDS, Plan, Samples, Workspace};
use crate::nn::activation;
use crate::nn::activations::Activations;
use crate::nn::loss::bce;
use crate::nn::memory::take;
use crate::nn::mlp;
use crate::nn::network::Network;
use crate::recipe::{Discriminator, Generator, PIXELS};
use crate::train::tasks::{Part, RunTasks};

/// A part of the batch with its part of the workspace.
pub(super) struct Shard<'w> {
    first_fake: usize,
    first_real: usize,
    generator: Activations<'w>,
    fakes: Judged<'w>,
    reals: Judged<'w>,
}

/// Pictures in front of the discriminator.
struct Judged<'w> {
    trace: Activations<'w>,
    logits: &'w mut [f32],
    losses: &'w mut [f32],
    factors: &'w mut [f32],
}

impl<'w> Judged<'w> {
    fn take_rows(&mut self, rows: usize) -> Self {
        Self {
            trace: self.trace.take_rows(rows),
            logits: take(&mut self.logits, rows),
            losses: take(&mut self.losses, rows),
            factors: take(&mut self.factors, rows),
        }
    }
}

/// Cuts fakes and real images each into `count` parts of (almost) one size.
pub(super) fn cut_shards<'w>(
    workspace: &'w mut Workspace<'_>,
    count: usize,
    reals: usize,
) -> Vec<Shard<'w>, MAX_SHARDS> {
    assert!((1..=MAX_SHARDS).contains(&count), "1 to {MAX_SHARDS} shards, not {count}");
    let batch = workspace.batch;
    // Each shard has fakes, in whose memory the penalty on its real images is computed.
    let count = count.min(batch);
    let mut generator = workspace.generator.reborrow();
    let mut judged = Judged {
        trace: workspace.discriminator.reborrow(),
        logits: &mut *workspace.logits,
        losses: &mut *workspace.losses,
        factors: &mut *workspace.factors,
    };
    let mut fakes = judged.take_rows(batch);
    let (fake_cut, real_cut) = (|shard: usize| shard * batch / count, |shard: usize| shard * reals / count);
    (0..count)
        .map(|shard| {
            let (first_fake, first_real) = (fake_cut(shard), real_cut(shard));
            let fake_rows = fake_cut(shard + 1) - first_fake;
            Shard {
                first_fake,
                first_real,
                generator: generator.take_rows(fake_rows),
                fakes: fakes.take_rows(fake_rows),
                reals: judged.take_rows(real_cut(shard + 1) - first_real),
            }
        })
        .collect()
}

/// What every shard of a step needs to know.
pub(super) struct Shared<'s, S, T> {
    pub(super) gan: &'s Gan,
    pub(super) samples: &'s S,
    pub(super) plan: &'s Plan<'s, T>,
    pub(super) losses: Losses,
    /// Samples in the whole batch: the losses are means over these.
    pub(super) fakes: usize,
    pub(super) reals: usize,
}

impl Shard<'_> {
    pub(super) fn run<S: Samples, T: RunTasks>(&mut self, shared: &Shared<'_, S, T>) {
        self.draw(shared);
        self.judge_reals(shared);
        self.judge_fakes(shared);
        shared.plan.tasks.enter(Part::GeneratorBackward);
        mlp::backward::<Generator>(shared.plan.isa, shared.gan.generator.transposed(), &mut self.generator);
        shared.plan.tasks.enter(Part::Idle);
    }

    /// Latents through the generator, to fakes.
    fn draw<S: Samples, T: RunTasks>(&mut self, shared: &Shared<'_, S, T>) {
        shared.plan.tasks.enter(Part::Noise);
        let latents = &mut *self.generator.inputs[0];
        shared.plan.isa.vectorised(
            #[inline(always)]
            || shared.samples.latents(self.first_fake, latents),
        );
        shared.plan.tasks.enter(Part::GeneratorForward);
        let generator = &shared.gan.generator.weights;
        mlp::forward(shared.plan.isa, generator, &mut self.generator, self.fakes.trace.inputs[0]);
    }

    /// Real images through the discriminator, and its loss back.
    fn judge_reals<S: Samples, T: RunTasks>(&mut self, shared: &Shared<'_, S, T>) {
        let Judged { trace, logits, losses, factors } = &mut self.reals;
        shared.plan.tasks.enter(Part::Batch);
        let images = trace.inputs[0].chunks_exact_mut(PIXELS);
        shared.plan.isa.vectorised(
            #[inline(always)]
            || {
                // `for_each` would not be inlined, and so be compiled for any machine.
                for (row, image) in (self.first_real..).zip(images) {
                    shared.samples.image(row, image);
                }
            },
        );
        let discriminator = &shared.gan.discriminator;
        shared.plan.tasks.enter(Part::DiscriminatorForward);
        mlp::forward(shared.plan.isa, &discriminator.weights, trace, logits);
        let dlogits = trace.gradients.last_mut().expect("a network has layers");
        for ((&logit, loss), dlogit) in logits.iter().zip(losses.iter_mut()).zip(dlogits.iter_mut()) {
            let bce = bce(logit, shared.losses.real_label);
            (*loss, *dlogit) = (bce.loss, bce.dlogit / shared.reals as f32);
        }
        shared.plan.tasks.enter(Part::DiscriminatorBackward);
        if shared.losses.gradient_penalty == 0.0 {
            factors.fill(1.0);
            mlp::backward::<Discriminator>(shared.plan.isa, discriminator.transposed(), trace);
        } else {
            factors.copy_from_slice(dlogits_of(trace));
            dlogits_of(trace).fill(1.0);
            mlp::backward::<Discriminator>(shared.plan.isa, discriminator.transposed(), trace);
            let weight = shared.losses.gradient_penalty / shared.reals as f32;
            Penalty { isa: shared.plan.isa, discriminator, weight }.add(trace, factors, &mut self.generator);
        }
    }

    /// Fakes through the discriminator, and both losses back.
    ///
    /// The discriminator's output is one number, so the gradients of its own loss and of the generator's differ by one
    /// factor a sample: the way back is done once, for a gradient of 1, and scaled twice.
    fn judge_fakes<S: Samples, T: RunTasks>(&mut self, shared: &Shared<'_, S, T>) {
        let Judged { trace, logits, losses, factors } = &mut self.fakes;
        factors.fill(1.0);
        let discriminator = &shared.gan.discriminator;
        shared.plan.tasks.enter(Part::DiscriminatorForward);
        mlp::forward(shared.plan.isa, &discriminator.weights, trace, logits);
        shared.plan.tasks.enter(Part::DiscriminatorBackward);
        trace.gradients.last_mut().expect("a network has layers").fill(1.0);
        mlp::backward::<Discriminator>(shared.plan.isa, discriminator.transposed(), trace);
        let dpixels = self.generator.gradients.last_mut().expect("a network has layers");
        mlp::input_gradient::<Discriminator>(shared.plan.isa, discriminator.transposed(), trace, dpixels);

        let count = shared.fakes as f32;
        shared.plan.isa.vectorised(
            #[inline(always)]
            || {
                let last = Generator::LAYERS[Generator::LAYERS.len() - 1].activation;
                let pictures = dpixels.chunks_exact_mut(PIXELS).zip(trace.inputs[0].chunks_exact(PIXELS));
                for (row, (dpixels, pixels)) in pictures.enumerate() {
                    let own = bce(logits[row], 0.0);
                    losses[row] = own.loss;
                    // The generator's label is 1, and derivatives differ as labels do.
                    activation::backward_scaled(last, (own.dlogit - 1.0) / count, pixels, dpixels);
                    for (gradients, shape) in trace.gradients.iter_mut().zip(Discriminator::LAYERS) {
                        scale_row(gradients, shape.outputs, row, own.dlogit / count);
                    }
                }
            },
        );
    }
}

/// The gradients with respect to the logits.
fn dlogits_of<'t>(trace: &'t mut Activations<'_>) -> &'t mut [f32] {
    trace.gradients.last_mut().expect("a network has layers")
}

#[inline(always)]
fn scale_row(rows: &mut [f32], width: usize, row: usize, factor: f32) {
    rows[row * width..][..width].iter_mut().for_each(|x| *x *= factor);
}
