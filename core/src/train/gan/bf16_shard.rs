//! A shard with products in bfloat16.
//!
//! The samples are in a [`Passing`] while they go through a network, and what the weight gradients need stays behind. So the
//! order differs from that in f32: fakes go on to the discriminator at once, and the derivative of the generator's last
//! activation is stored in the place of its gradient until that is known.

use super::batch::GanBatch;
use super::scratch::widest;
use super::shard::{Shard, ShardPrecision, Shared, last_activation};
use super::workspace::Scored;
use crate::nn::activation::{self, Activation};
use crate::nn::activations::Activations;
use crate::nn::bf16_mlp::{self, Passing, Store, backward_activation, combine};
use crate::nn::kernel::{Bf16Pair, Element, Isa, Operation, RegisterTile};
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
        || shared.batch.latents(first, &mut passing.sums[..passing.rows * G::INPUTS]),
    );
    isa.run(Store { passing, width: G::INPUTS, factors: None, samples: generator.inputs[0] });
    shared.enter(Phase::GeneratorForward);
    bf16_mlp::forward(isa, shared.generator.weights, shared.generator.copies, generator, passing);
    isa.run(StoreFakes {
        passing,
        width: D::INPUTS,
        activation: last_activation::<G>(),
        pixels: fakes.pass.activations.inputs[0],
        slopes: last_gradients(generator),
    });
}

/// Stores fakes, and the derivatives of the activation that made them.
struct StoreFakes<'a, 'm> {
    /// The fakes are in its sums.
    passing: &'a mut Passing<'m>,
    /// Pixels of a fake.
    width: usize,
    activation: Activation,
    pixels: &'a mut [Bf16Pair],
    slopes: &'a mut [Bf16Pair],
}

impl Operation for StoreFakes<'_, '_> {
    type Output = ();

    const PAIRS: bool = true;

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self { passing, width, activation, pixels, slopes } = self;
        Store { passing, width, factors: None, samples: pixels }.run::<T>();
        activation::derivatives(activation, &mut passing.sums[..passing.rows * width]);
        passing.keep::<T>(width, None, slopes);
    }
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
        },
    );
    let samples = &mut *reals.pass.activations.inputs[0];
    shared.plan.isa.run(Store { passing, width: D::INPUTS, factors: None, samples });
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
    isa.run(GeneratorGradients { share: 1.0 / objective.fakes as f32, dlogits, width: D::INPUTS, passing, dpixels });
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
struct GeneratorGradients<'a, 'm> {
    /// Of a fake in the loss.
    share: f32,
    dlogits: &'a [f32],
    /// Pixels of a fake.
    width: usize,
    passing: &'a Passing<'m>,
    dpixels: &'a mut [Bf16Pair],
}

impl Operation for GeneratorGradients<'_, '_> {
    type Output = ();

    const PAIRS: bool = true;

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self { share, dlogits, width, passing, dpixels } = self;
        let (gradients, share) = (&passing.sums[..passing.rows * width], T::splat(share));
        combine::<T>(dpixels, gradients, width, dlogits, |[slope_a, slope_b], [a, b], [dlogit_a, dlogit_b]| {
            [(dlogit_a - share) * a * slope_a, (dlogit_b - share) * b * slope_b]
        });
    }
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
    isa.run(Store { passing, width: 1, factors: scale, samples: last_gradients(activations) });
    bf16_mlp::backward::<D>(isa, discriminator.copies, activations, scale, passing);
    for (factors, dlogits) in factors.iter_mut().zip(dlogits.chunks(2)) {
        let dlogit = |index: usize| dlogits.get(index).copied().unwrap_or(0.0);
        *factors = if in_gradients { Bf16Pair::ONES[0] } else { Bf16Pair::new(dlogit(0), dlogit(1)) };
    }
}

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
        let before = index.checked_sub(1).map(|before| layers[before].shape.activation);
        isa.run(AddPenalty { weight, before, width, dlogits, x, passing });
    }
}

/// The part of [`penalise`] for a layer.
struct AddPenalty<'a, 'm> {
    weight: f32,
    /// The activation of the layer before.
    before: Option<Activation>,
    /// Inputs of the layer.
    width: usize,
    dlogits: &'a [f32],
    x: &'a mut [Bf16Pair],
    /// `a` is in its sums.
    passing: &'a mut Passing<'m>,
}

impl Operation for AddPenalty<'_, '_> {
    type Output = ();

    const PAIRS: bool = true;

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self { weight, before, width, dlogits, x, passing } = self;
        let a = &mut passing.sums[..passing.rows * width];
        if let Some(activation) = before {
            backward_activation(activation, x, width, a);
        }
        let weight = T::splat(weight);
        combine::<T>(x, a, width, dlogits, |[x_a, x_b], [a, b], [dlogit_a, dlogit_b]| {
            [dlogit_a * x_a + weight * a, dlogit_b * x_b + weight * b]
        });
        passing.round::<T>(width);
    }
}
