//! A shard with products in bfloat16.
//!
//! The samples are in a [`Passing`] while they go through a network, and what the weight gradients need stays behind. So the
//! order differs from that in f32: fakes go on to the discriminator at once, and the derivative of the generator's last
//! activation is stored in the place of its gradient until that is known.

use super::batch::GanBatch;
use super::objective::Objective;
use super::scratch::widest;
use super::shard::{Shard, ShardPrecision, Shared, last_activation};
use super::workspace::Scored;
use crate::nn::activation;
use crate::nn::activations::Activations;
use crate::nn::bf16_mlp::{self, Passing, backward_activation, combine};
use crate::nn::kernel::{Bf16Pair, Element, Isa};
use crate::nn::network::{LayerView, Network, PerLayer};
use crate::nn::operands::forward_kernels;
use crate::train::execution::{Phase, TaskExecutor};
use crate::train::pass::{Frozen, last_gradients};

impl ShardPrecision for Bf16Pair {
    fn run<G: Network, D: Network, B: GanBatch, X: TaskExecutor>(
        shard: Shard<'_, Self>,
        shared: &Shared<'_, G, D, B, X>,
    ) {
        let Shard { first_fake, first_real, mut generator, mut fakes, mut reals, scratch } = shard;
        let (width, drawn, read) = (widest::<G, D>(), generator.rows, reals.pass.activations.rows);
        let mut memory = Passing::carve(scratch, width, drawn.max(read));
        generate(shared, first_fake, &mut generator, &mut fakes, &mut memory.of(drawn));
        score(shared, &mut fakes, &mut memory.of(drawn));
        read_reals(shared, first_real, &mut reals, &mut memory.of(read));
        score(shared, &mut reals, &mut memory.of(read));
        shared.objective.losses(reals.logit_losses(), fakes.logit_losses());
        shared.enter(Phase::DiscriminatorBackward);
        reals_backward(shared, &mut reals, &mut memory.of(read));
        fakes_backward(shared, &mut generator, &mut fakes, &mut memory.of(drawn));
        shared.enter(Phase::GeneratorBackward);
        let isa = shared.plan.isa;
        bf16_mlp::backward::<G>(isa, shared.generator.copies, &mut generator, None, &mut memory.of(drawn));
        shared.enter(Phase::Idle);
    }
}

/// Latents through the generator, to fakes.
fn generate<G: Network, D: Network, B: GanBatch, X: TaskExecutor>(
    shared: &Shared<'_, G, D, B, X>,
    first: usize,
    generator: &mut Activations<'_, Bf16Pair>,
    fakes: &mut Scored<'_, Bf16Pair>,
    passing: &mut Passing<'_>,
) {
    shared.enter(Phase::Latents);
    let isa = shared.plan.isa;
    isa.vectorised(
        #[inline(always)]
        || {
            shared.batch.latents(first, &mut passing.sums[..passing.rows * G::INPUTS]);
            passing.store(G::INPUTS, None, generator.inputs[0]);
        },
    );
    shared.enter(Phase::GeneratorForward);
    bf16_mlp::forward(isa, shared.generator.weights, shared.generator.copies, generator, passing);
    isa.vectorised(
        #[inline(always)]
        || {
            passing.store(D::INPUTS, None, fakes.pass.activations.inputs[0]);
            let pixels = &mut passing.sums[..passing.rows * D::INPUTS];
            activation::derivatives(last_activation::<G>(), pixels);
            combine(last_gradients(generator), pixels, D::INPUTS, &[], |_, [a, b], _| Bf16Pair::new(a, b));
        },
    );
}

fn read_reals<G: Network, D: Network, B: GanBatch, X: TaskExecutor>(
    shared: &Shared<'_, G, D, B, X>,
    first: usize,
    reals: &mut Scored<'_, Bf16Pair>,
    passing: &mut Passing<'_>,
) {
    shared.enter(Phase::RealImages);
    shared.plan.isa.vectorised(
        #[inline(always)]
        || {
            let images = passing.sums.chunks_exact_mut(D::INPUTS).take(passing.rows);
            // `for_each` would not be inlined, and so not be compiled for the instruction set.
            for (row, image) in (first..).zip(images) {
                shared.batch.image(row, image);
            }
            passing.store(D::INPUTS, None, reals.pass.activations.inputs[0]);
        },
    );
}

/// Images in the operand through the discriminator, to their logits.
fn score<G: Network, D: Network, B: GanBatch, X: TaskExecutor>(
    shared: &Shared<'_, G, D, B, X>,
    images: &mut Scored<'_, Bf16Pair>,
    passing: &mut Passing<'_>,
) {
    shared.enter(Phase::DiscriminatorForward);
    let Frozen { weights, copies } = shared.discriminator;
    bf16_mlp::forward(shared.plan.isa, weights, copies, &mut images.pass.activations, passing);
    images.pass.outputs.copy_from_slice(&passing.sums[..passing.rows]);
}

/// The discriminator's loss of the real images back through it.
fn reals_backward<G: Network, D: Network, B: GanBatch, X: TaskExecutor>(
    shared: &Shared<'_, G, D, B, X>,
    reals: &mut Scored<'_, Bf16Pair>,
    passing: &mut Passing<'_>,
) {
    let isa = shared.plan.isa;
    reals.dlogits.iter_mut().for_each(|dlogit| *dlogit = shared.objective.of_real(*dlogit));
    logits_backward(isa, &shared.discriminator, reals, shared.r1 == 0.0, passing);
    if shared.r1 != 0.0 {
        bf16_mlp::input_gradient::<D>(isa, shared.discriminator.copies, passing);
        let weight = shared.r1 / shared.objective.reals as f32;
        penalise(isa, &shared.discriminator, weight, reals, passing);
    }
}

/// Both losses of the fakes back through the discriminator, the generator's to the sums of its last layer, in the operand.
///
/// The discriminator has one output, so the gradients of both losses differ by one factor a sample: one backward pass, for a
/// gradient of 1, does for both.
fn fakes_backward<G: Network, D: Network, B: GanBatch, X: TaskExecutor>(
    shared: &Shared<'_, G, D, B, X>,
    generator: &mut Activations<'_, Bf16Pair>,
    fakes: &mut Scored<'_, Bf16Pair>,
    passing: &mut Passing<'_>,
) {
    let (isa, objective) = (shared.plan.isa, &shared.objective);
    fakes.dlogits.iter_mut().for_each(|dlogit| *dlogit = objective.of_fake(*dlogit));
    logits_backward(isa, &shared.discriminator, fakes, shared.r2 == 0.0, passing);
    bf16_mlp::input_gradient::<D>(isa, shared.discriminator.copies, passing);
    let (dpixels, dlogits) = (last_gradients(generator), &*fakes.dlogits);
    isa.vectorised(
        #[inline(always)]
        || generator_gradients::<D>(objective, dlogits, passing, dpixels),
    );
    if shared.r2 != 0.0 {
        penalise(isa, &shared.discriminator, shared.r2 / objective.fakes as f32, fakes, passing);
    }
    isa.vectorised(
        #[inline(always)]
        || passing.load(D::INPUTS, dpixels),
    );
}

/// Turns the derivatives of the generator's last activation in `dpixels` into the gradients of its loss with respect to the
/// sums of that layer. The gradients of the fakes' logits are in the sums of `passing`.
#[inline(always)]
fn generator_gradients<D: Network>(
    objective: &Objective,
    dlogits: &[f32],
    passing: &Passing<'_>,
    dpixels: &mut [Bf16Pair],
) {
    let share = 1.0 / objective.fakes as f32;
    let gradients = &passing.sums[..passing.rows * D::INPUTS];
    combine(dpixels, gradients, D::INPUTS, dlogits, |slopes, [a, b], [dlogit_a, dlogit_b]| {
        Bf16Pair::new((dlogit_a - share) * a * slopes.first(), (dlogit_b - share) * b * slopes.second())
    });
}

/// Carries `dlogits` back to the sums of all layers of the discriminator, or gradients of 1 if the factors are not to be
/// `in_gradients`. The unscaled gradients of the first layer's sums are then in the operand.
fn logits_backward<D: Network>(
    isa: Isa,
    discriminator: &Frozen<'_, D>,
    Scored { pass, dlogits, factors }: &mut Scored<'_, Bf16Pair>,
    in_gradients: bool,
    passing: &mut Passing<'_>,
) {
    let activations = &mut pass.activations;
    let scale = in_gradients.then_some(&**dlogits);
    passing.sums[..passing.rows].fill(1.0);
    passing.store(1, scale, last_gradients(activations));
    bf16_mlp::backward::<D>(isa, discriminator.copies, activations, scale, passing);
    combine(factors, dlogits, 1, &[], |_, [a, b], _| if in_gradients { ONES } else { Bf16Pair::new(a, b) });
}

const ONES: Bf16Pair = Bf16Pair::ONES[0];

/// Adds the penalty of this weight: turns the inputs x of each layer into `dlogit x + weight a`, as [`penalty`](super::penalty)
/// explains. On entry `a` of the first layer is in the sums of `passing`.
fn penalise<D: Network>(
    isa: Isa,
    discriminator: &Frozen<'_, D>,
    weight: f32,
    Scored { pass, dlogits, .. }: &mut Scored<'_, Bf16Pair>,
    passing: &mut Passing<'_>,
) {
    let layers: PerLayer<LayerView<'_, Bf16Pair>> =
        forward_kernels(discriminator.weights, discriminator.copies).collect();
    for (index, x) in pass.activations.inputs.iter_mut().enumerate() {
        let width = layers[index].shape.inputs;
        if let Some(before) = index.checked_sub(1) {
            bf16_mlp::linear_layer(isa, layers[before], passing);
        }
        isa.vectorised(
            #[inline(always)]
            || {
                let a = &mut passing.sums[..passing.rows * width];
                if let Some(before) = index.checked_sub(1) {
                    backward_activation(layers[before].shape.activation, x, width, a);
                }
                combine(x, a, width, dlogits, |x, [a, b], [dlogit_a, dlogit_b]| {
                    Bf16Pair::new(dlogit_a * x.first() + weight * a, dlogit_b * x.second() + weight * b)
                });
                passing.round(width);
            },
        );
    }
}
