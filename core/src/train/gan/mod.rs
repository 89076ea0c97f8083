//! One simultaneous step of a generator and a discriminator: both gradients are taken with the old weights, then both
//! networks are updated.

mod batch;
mod bf16_shard;
mod differences;
mod f32_shard;
mod objective;
mod penalty;
mod scratch;
mod shard;
mod workspace;

use bytemuck::Zeroable;

use crate::nn::network::Network;
use crate::nn::precision::Precision;
use crate::train::execution::{Plan, TaskExecutor};
use crate::train::initialisation::glorot;
use crate::train::optimiser::Optimiser;
use crate::train::update::{Trained, first_kernel_gradient};
use crate::train::update_phase::{block_tasks, both, update, update_tasks};

pub use batch::GanBatch;
pub use differences::Differences;
use objective::Objective;
pub use objective::{Loss, StepMetrics};
pub use shard::ShardPrecision;
use shard::{Shared, cut_shards};
pub use workspace::Workspace;

/// Both networks in training, with the moments that their optimisers keep for each weight.
///
/// It can take megabytes: create it zeroed where it is to stay (`bytemuck::zeroed_box` on a PC), not on the stack.
#[derive(Clone, Copy, Debug, Zeroable)]
#[repr(C)]
pub struct Gan<G, D, const G_MOMENTS: usize, const D_MOMENTS: usize, E = f32>
where
    G: Network,
    D: Network,
{
    /// From latents to images.
    pub generator: Trained<G, G_MOMENTS, E>,
    /// From images to the logits of the probabilities that they are real.
    pub discriminator: Trained<D, D_MOMENTS, E>,
}

impl<G, D, const G_MOMENTS: usize, const D_MOMENTS: usize, E> Gan<G, D, G_MOMENTS, D_MOMENTS, E>
where
    G: Network,
    D: Network,
    E: Precision,
{
    /// Sets both networks to the first weights of a training with `seed`, and all moments to 0.
    pub fn start(&mut self, seed: u64) {
        glorot(&mut self.generator.weights, seed, 0);
        glorot(&mut self.discriminator.weights, seed, 1);
        self.generator.moments.iter_mut().for_each(|moment| moment.flat_mut().fill(0.0));
        self.discriminator.moments.iter_mut().for_each(|moment| moment.flat_mut().fill(0.0));
        self.copy_kernels();
    }

    /// Rebuilds the copies of both networks' kernels. To be called after their weights were set.
    pub fn copy_kernels(&mut self) {
        self.generator.copy_kernels();
        self.discriminator.copy_kernels();
    }
}

/// The rules of a step.
#[derive(Clone, Copy, Debug)]
pub struct Rules<G, D> {
    /// The generator's optimiser.
    pub generator: G,
    /// The discriminator's optimiser.
    pub discriminator: D,
    /// The losses of both.
    pub loss: Loss,
    /// Weight of the R1 penalty in the discriminator's loss: half of it times the mean squared norm of the gradient of
    /// the logits with respect to the real images. 0 disables it.
    pub r1: f32,
    /// Weight of the R2 penalty, the same with respect to the fakes. 0 disables it.
    pub r2: f32,
}

/// One step on `batch`.
///
/// ```
/// use pocketgan_core::nn::{kernel::Isa, network::CacheLine};
/// use pocketgan_core::train::execution::Plan;
/// use pocketgan_core::train::gan::{Gan, GanBatch, Loss, Rules, Workspace, step};
/// use pocketgan_core::train::optimiser::{Adam, RmsProp};
///
/// pocketgan_core::network! {
///     struct Generator {
///         hidden: 2 => 16 LeakyRelu,
///         image: 16 => 9 Tanh,
///     }
/// }
/// pocketgan_core::network! {
///     struct Discriminator {
///         hidden: 9 => 16 LeakyRelu,
///         logit: 16 => 1 Linear,
///     }
/// }
///
/// /// Four white images of three by three pixels, and latents on a grid.
/// struct White;
///
/// impl GanBatch for White {
///     fn real_count(&self) -> usize {
///         4
///     }
///     fn latents(&self, first: usize, into: &mut [f32]) {
///         for (row, latent) in (first..).zip(into.chunks_exact_mut(2)) {
///             latent.copy_from_slice(&[(row % 2) as f32, (row / 2) as f32]);
///         }
///     }
///     fn image(&self, _row: usize, into: &mut [f32]) {
///         into.fill(1.0);
///     }
/// }
///
/// let mut gan: Gan<Generator, Discriminator, 2, 1> = bytemuck::Zeroable::zeroed();
/// gan.start(7);
/// let mut memory = [CacheLine([0.0; 16]); Workspace::<Generator, Discriminator>::lines(4)];
/// let mut workspace = Workspace::new(&mut memory, 4);
/// for t in 1..=200 {
///     let rules = Rules {
///         generator: Adam::at_step(1e-2, t),
///         discriminator: RmsProp::new(1e-2),
///         loss: Loss::CrossEntropy { real_label: 0.9 },
///         r1: 1.0,
///         r2: 0.0,
///     };
///     step(&mut gan, &mut workspace, &White, &Plan::serial(Isa::best(), 1), &rules);
/// }
/// assert!(workspace.fakes().iter().sum::<f32>() > 0.5 * 4.0 * 9.0);
/// ```
///
/// # Panics
/// If there are no real images or more than the workspace's batch, if `plan.shards` is 0, if the moments of
/// [`Differences`] are those of another optimiser, or if there is a gradient penalty and a hidden layer of the discriminator has another activation than `Linear` and `LeakyRelu`.
pub fn step<G, D, B, X, GO, DO, const G_MOMENTS: usize, const D_MOMENTS: usize, E>(
    gan: &mut Gan<G, D, G_MOMENTS, D_MOMENTS, E>,
    workspace: &mut Workspace<'_, G, D, E>,
    batch: &B,
    plan: &Plan<'_, X>,
    rules: &Rules<GO, DO>,
) -> StepMetrics
where
    G: Network,
    D: Network,
    B: GanBatch,
    X: TaskExecutor,
    GO: Optimiser<G_MOMENTS>,
    DO: Optimiser<D_MOMENTS>,
    E: ShardPrecision,
{
    let (room, reals) = (workspace.batch(), batch.real_count());
    assert!((1..=room).contains(&reals), "a step needs 1 to {room} real images, not {reals}");
    assert!(plan.shards > 0, "a batch has at least one shard");
    assert!(
        (rules.r1 == 0.0 && rules.r2 == 0.0) || penalty::is_possible::<D>(),
        "the gradient penalty needs a discriminator whose layers have a leaky ReLU or no activation"
    );
    let fakes = match rules.loss {
        Loss::CrossEntropy { .. } => room,
        Loss::RelativisticPairing => reals,
    };
    workspace.fakes = fakes;
    let objective = Objective { loss: rules.loss, fakes, reals };
    let shared = Shared {
        generator: (&gan.generator).into(),
        discriminator: (&gan.discriminator).into(),
        batch,
        plan,
        objective,
        r1: rules.r1,
        r2: rules.r2,
    };
    plan.executor.for_each(cut_shards(workspace, plan.shards, fakes, reals), |shard| E::run(shard, &shared));
    update_weights(gan, workspace, reals, plan, rules);
    objective.metrics(workspace.fakes_measured(), workspace.reals_measured(reals))
}

fn update_weights<G, D, X, GO, DO, const G_MOMENTS: usize, const D_MOMENTS: usize, E>(
    gan: &mut Gan<G, D, G_MOMENTS, D_MOMENTS, E>,
    workspace: &mut Workspace<'_, G, D, E>,
    reals: usize,
    plan: &Plan<'_, X>,
    rules: &Rules<GO, DO>,
) where
    G: Network,
    D: Network,
    X: TaskExecutor,
    GO: Optimiser<G_MOMENTS>,
    DO: Optimiser<D_MOMENTS>,
    E: Precision,
{
    let Workspace { generator, discriminator, fakes, differences, .. } = workspace;
    let mut generator = generator.reborrow();
    let generator = generator.take_rows(*fakes);
    let of_generator = update_tasks(&mut gan.generator, &generator, None, &rules.generator);
    let mut scored = discriminator.reborrow();
    let scored = scored.take_rows(fakes.next_multiple_of(E::DEPTH) + reals);
    let (activations, factors) = (&scored.pass.activations, Some(&*scored.factors));
    let Some(differences) = differences else {
        let of_discriminator = update_tasks(&mut gan.discriminator, activations, factors, &rules.discriminator);
        return update(plan, both(of_discriminator, of_generator));
    };
    let gradient = first_kernel_gradient::<D, E>(activations, differences.gradient::<D>());
    let others = block_tasks(gan.discriminator.blocks_but_first_kernel(activations, factors), &rules.discriminator);
    update(plan, both(gradient, both(others, of_generator)));
    update(plan, differences.step_tasks::<D, _, _>(&rules.discriminator));
    update(plan, differences.apply_tasks::<D, E>(gan.discriminator.first_kernel()));
}
