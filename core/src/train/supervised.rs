//! Steps of supervised training, for any network and any loss of a single sample.
//!
//! `examples/train_mlp.rs` is a complete training.

use core::marker::PhantomData;

use crate::nn::activation;
use crate::nn::kernel::Isa;
use crate::nn::network::{CacheLine, Network, PANEL};
use crate::train::execution::{Plan, TaskExecutor};
use crate::train::optimiser::Optimiser;
use crate::train::pass::{Frozen, Pass, last_gradients, shard_ranges};
use crate::train::update::Trained;
use crate::train::update_phase::{update, update_tasks};

/// The samples of a step and their losses. Rows are requested in any order, from any thread.
pub trait SupervisedBatch: Sync {
    /// Number of samples, at most the workspace's batch.
    fn rows(&self) -> usize;
    /// Writes the network's input for sample `row`.
    fn input(&self, row: usize, into: &mut [f32]);
    /// The loss of sample `row`, whose `outputs` the network computed; writes its `gradient` with respect to them.
    /// [`nn::loss`](crate::nn::loss) has losses to choose from.
    fn loss(&self, row: usize, outputs: &[f32], gradient: &mut [f32]) -> f32;
}

/// The memory of a step of network `N`.
#[derive(Debug)]
pub struct Workspace<'m, N> {
    pass: Pass<'m>,
    network: PhantomData<N>,
}

impl<'m, N: Network> Workspace<'m, N> {
    /// Cache lines that a workspace for `batch` samples takes.
    pub const fn lines(batch: usize) -> usize {
        Pass::<f32>::floats::<N>(batch).div_ceil(PANEL)
    }

    /// A workspace for up to `batch` samples.
    ///
    /// # Panics
    /// If `memory` is shorter than [`Workspace::lines`] says.
    pub fn new(memory: &'m mut [CacheLine], batch: usize) -> Self {
        let mut memory = bytemuck::cast_slice_mut(memory);
        Self { pass: Pass::carve::<N>(&mut memory, batch), network: PhantomData }
    }

    /// The outputs of the last step's samples before its update, `[rows][outputs]`, followed by older ones.
    pub fn outputs(&self) -> &[f32] {
        self.pass.outputs
    }
}

/// One step: the gradient of the mean loss with the old weights, then `network` is updated by `rule`. Returns the mean
/// loss before the update.
///
/// ```
/// use pocketgan_core::nn::{kernel::Isa, loss::mean_squared_error, network::CacheLine};
/// use pocketgan_core::train::execution::Plan;
/// use pocketgan_core::train::initialisation::glorot;
/// use pocketgan_core::train::optimiser::Adam;
/// use pocketgan_core::train::supervised::{SupervisedBatch, Workspace, step};
/// use pocketgan_core::train::update::Trained;
///
/// pocketgan_core::network! {
///     struct Square {
///         hidden: 1 => 20 Tanh,
///         output: 20 => 1 Linear,
///     }
/// }
///
/// /// The square of sixteen numbers from -1 to 1.
/// struct Numbers;
///
/// fn number(row: usize) -> f32 {
///     row as f32 / 7.5 - 1.0
/// }
///
/// impl SupervisedBatch for Numbers {
///     fn rows(&self) -> usize {
///         16
///     }
///     fn input(&self, row: usize, into: &mut [f32]) {
///         into[0] = number(row);
///     }
///     fn loss(&self, row: usize, outputs: &[f32], gradient: &mut [f32]) -> f32 {
///         mean_squared_error(outputs, &[number(row) * number(row)], gradient)
///     }
/// }
///
/// let mut network: Trained<Square, 2> = bytemuck::Zeroable::zeroed();
/// glorot(&mut network.weights, 1, 0);
/// network.copy_kernels();
/// let mut memory = [CacheLine([0.0; 16]); Workspace::<Square>::lines(16)];
/// let mut workspace = Workspace::new(&mut memory, 16);
/// let plan = Plan::serial(Isa::best(), 1);
/// let mut losses = (1..=2000).map(|t| step(&mut network, &mut workspace, &Numbers, &plan, &Adam::at_step(1e-2, t)));
/// assert!(losses.next().unwrap() > 0.05);
/// assert!(losses.last().unwrap() < 0.001);
/// ```
///
/// # Panics
/// If the batch is empty or larger than the workspace, or `plan.shards` is 0.
pub fn step<N, B, E, O, const MOMENTS: usize>(
    network: &mut Trained<N, MOMENTS>,
    workspace: &mut Workspace<'_, N>,
    batch: &B,
    plan: &Plan<'_, E>,
    rule: &O,
) -> f32
where
    N: Network,
    B: SupervisedBatch,
    E: TaskExecutor,
    O: Optimiser<MOMENTS>,
{
    let rows = batch.rows();
    let room = workspace.pass.activations.rows;
    assert!((1..=room).contains(&rows), "a step needs 1 to {room} samples, not {rows}");
    assert!(plan.shards > 0, "a batch has at least one shard");
    let mut pass = workspace.pass.reborrow();
    let mut pass = pass.take_rows(rows);
    let frozen = Frozen::from(&*network);
    plan.executor.for_each(cut_shards(pass.reborrow(), plan.shards), |shard| shard.run(plan.isa, &frozen, batch, rows));
    update(plan, update_tasks(network, &pass.activations, None, rule));
    mean(pass.losses)
}

/// Some of the samples, with their part of the workspace.
struct Shard<'w> {
    first: usize,
    pass: Pass<'w>,
}

fn cut_shards(mut pass: Pass<'_>, shards: usize) -> impl Iterator<Item = Shard<'_>> {
    let rows = pass.activations.rows;
    shard_ranges(rows, shards.min(rows)).map(move |rows| Shard { first: rows.start, pass: pass.take_rows(rows.len()) })
}

impl Shard<'_> {
    /// Forward, loss and backward. The loss of the step is the mean over `count` samples.
    fn run<N: Network, B: SupervisedBatch>(mut self, isa: Isa, network: &Frozen<'_, N>, batch: &B, count: usize) {
        let first = self.first;
        let inputs = self.pass.inputs().chunks_exact_mut(N::INPUTS);
        isa.vectorised(
            #[inline(always)]
            || {
                // `for_each` would not be inlined, and so not be compiled for the instruction set.
                for (row, input) in (first..).zip(inputs) {
                    batch.input(row, input);
                }
            },
        );
        self.pass.forward(isa, network);
        let Pass { activations, outputs, losses } = &mut self.pass;
        write_losses::<N, B>(batch, first, count, outputs, last_gradients(activations), losses);
        self.pass.backward(isa, network);
    }
}

/// The loss of each sample from `first` on, and the gradient of the mean over `count` with respect to the last layer's
/// sums. `outputs` and `gradients` are `[rows][outputs]`.
pub(super) fn write_losses<N: Network, B: SupervisedBatch>(
    batch: &B,
    first: usize,
    count: usize,
    outputs: &[f32],
    gradients: &mut [f32],
    losses: &mut [f32],
) {
    let last = const { N::LAYERS[N::LAYERS.len() - 1].activation };
    let rows = outputs.chunks_exact(N::OUTPUTS).zip(gradients.chunks_exact_mut(N::OUTPUTS));
    for ((row, (outputs, gradients)), loss) in (first..).zip(rows).zip(losses) {
        *loss = batch.loss(row, outputs, gradients);
        gradients.iter_mut().for_each(|gradient| *gradient /= count as f32);
        activation::backward(last, outputs, gradients);
    }
}

/// The mean of the `losses` of a step.
pub(super) fn mean(losses: &[f32]) -> f32 {
    (losses.iter().copied().map(f64::from).sum::<f64>() / losses.len() as f64) as f32
}
