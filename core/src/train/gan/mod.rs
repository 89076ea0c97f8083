//! One simultaneous step of the two networks, in two phases.
//!
//! 1. *Samples*: each shard of the batch goes forward and backward through both networks with the old weights, in its
//!    own part of the [`Workspace`].
//! 2. *Weights*: each [block](crate::train::update::Block) of rows sums its gradient over all samples and is updated.
//!
//! A shard or a block is one task. Tasks own what they write and compute each number in one order of summation, so the
//! bits depend neither on who runs them nor on how many shards there are.

mod penalty;
mod shard;
mod weights;
mod workspace;

use bytemuck::Zeroable;

use crate::nn::kernel::Isa;
use crate::nn::network::Network;
use crate::recipe::{Discriminator, Generator};
use crate::train::initial::glorot;
use crate::train::optimiser::Optimiser;
use crate::train::tasks::{RunTasks, Serial};
use crate::train::update::Trained;

use shard::{Shared, cut_shards};
use weights::update_weights;
pub use workspace::Workspace;

/// Both networks in training: the generator with Adam's two moments, the discriminator with RMSprop's one.
///
/// 6 MB: made zeroed where it is to stay (`bytemuck::zeroed_box` on a PC), never on the stack.
#[derive(Clone, Copy, Debug, Zeroable)]
#[repr(C)]
pub struct Gan {
    /// Draws.
    pub generator: Trained<Generator, 2>,
    /// Judges.
    pub discriminator: Trained<Discriminator, 1>,
}

impl Gan {
    /// Puts both networks where a training with `seed` starts.
    pub fn start(&mut self, seed: u64) {
        glorot(&mut self.generator.weights, seed, 0);
        glorot(&mut self.discriminator.weights, seed, 1);
        self.generator.moments.iter_mut().for_each(|moment| moment.flat_mut().fill(0.0));
        self.discriminator.moments.iter_mut().for_each(|moment| moment.flat_mut().fill(0.0));
        self.transpose();
    }

    /// Rebuilds the transposed kernels of both networks, after their weights were set.
    pub fn transpose(&mut self) {
        self.generator.transpose();
        self.discriminator.transpose();
    }
}

/// Where a step's latents and real images come from. Rows are asked for in any order, from any thread.
///
/// Implementations that say `#[inline(always)]` are compiled for the instruction set of the step.
pub trait Samples: Sync {
    /// Number of real images in this step, at most the workspace's batch.
    fn real_count(&self) -> usize;
    /// Writes latents `first`, `first + 1`, ... to `into` (`[rows][LATENT]`).
    fn latents(&self, first: usize, into: &mut [f32]);
    /// Writes the pixels (-1..1) of real image `row`.
    fn image(&self, row: usize, into: &mut [f32]);
}

/// How a step is done; none of it changes the result beyond rounding, and only `isa` that.
#[derive(Debug)]
pub struct Plan<'t, T> {
    /// Instruction set.
    pub isa: Isa,
    /// Parts the batch is cut into, 1 to [`MAX_SHARDS`]; no more than there are fakes.
    pub shards: usize,
    /// Runs the tasks.
    pub tasks: &'t T,
}

impl Plan<'_, Serial> {
    /// One task after another on one core.
    pub fn serial(isa: Isa, shards: usize) -> Self {
        Self { isa, shards, tasks: &Serial }
    }
}

/// The rules by which a step moves the networks.
#[derive(Clone, Copy, Debug)]
pub struct Rules<G, D> {
    /// Moves the generator.
    pub generator: G,
    /// Moves the discriminator.
    pub discriminator: D,
    /// What the discriminator is asked to say of a real image.
    pub real_label: f32,
    /// Weight of the gradient penalty in the discriminator's loss: half of it times the mean square of the gradient of the
    /// logits with respect to the real images. 0 for none.
    pub gradient_penalty: f32,
}

impl<G, D> Rules<G, D> {
    fn losses(&self) -> Losses {
        Losses { real_label: self.real_label, gradient_penalty: self.gradient_penalty }
    }
}

/// What the losses are made of.
#[derive(Clone, Copy)]
struct Losses {
    real_label: f32,
    gradient_penalty: f32,
}

/// What a step measured, before the update.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Mean cross-entropy of the real images' logits against the real label plus that of the fakes' against 0.
    pub d_loss: f32,
    /// Mean cross-entropy of the fakes' logits against 1.
    pub g_loss: f32,
    /// Real images that the discriminator took for real.
    pub real_right: u32,
    /// Fakes that it took for fakes.
    pub fake_right: u32,
}

/// Most shards a batch can be cut into.
pub const MAX_SHARDS: usize = 64;

/// One step: both gradients with the old weights, then both networks move.
///
/// # Panics
/// If there are no real images or more than the batch, or `plan.shards` is out of its range.
pub fn step<S, T, G, D>(
    gan: &mut Gan,
    workspace: &mut Workspace<'_>,
    samples: &S,
    plan: &Plan<'_, T>,
    rules: &Rules<G, D>,
) -> Report
where
    S: Samples,
    T: RunTasks,
    G: Optimiser<2>,
    D: Optimiser<1>,
{
    let reals = samples.real_count();
    assert!((1..=workspace.batch).contains(&reals), "a step needs 1 to {} real images, not {reals}", workspace.batch);
    let shared = Shared { gan, samples, plan, fakes: workspace.batch, reals, losses: rules.losses() };
    plan.tasks.for_each(&mut cut_shards(workspace, plan.shards, reals), |shard| shard.run(&shared));
    update_weights(gan, workspace, reals, plan, rules);
    report(workspace, reals)
}

/// Sums what the samples measured, in their order.
fn report(workspace: &Workspace<'_>, reals: usize) -> Report {
    let mean = |terms: &[f32]| terms.iter().copied().map(f64::from).sum::<f64>() / terms.len() as f64;
    let (fake_losses, real_losses) = workspace.losses.split_at(workspace.batch);
    let (fakes, reals_judged) = (workspace.fake_logits(), &workspace.real_logits()[..reals]);
    let fake_loss = mean(fake_losses);
    Report {
        d_loss: (mean(&real_losses[..reals]) + fake_loss) as f32,
        // -ln(sigmoid(x)) = -ln(1 - sigmoid(x)) - x
        g_loss: (fake_loss - mean(fakes)) as f32,
        real_right: reals_judged.iter().filter(|&&logit| logit > 0.0).count() as u32,
        fake_right: fakes.iter().filter(|&&logit| logit <= 0.0).count() as u32,
    }
}
