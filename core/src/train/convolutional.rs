//! Steps of supervised training of networks with convolutions; [`supervised`](crate::train::supervised) has those of
//! multilayer perceptrons, and what both share.

use core::marker::PhantomData;

use crate::nn::convolution::PatchActivations;
use crate::nn::kernel::Isa;
use crate::nn::memory::take;
use crate::nn::network::{CacheLine, Network, PANEL};
use crate::train::execution::{Plan, TaskExecutor};
use crate::train::optimiser::Optimiser;
use crate::train::pass::{Frozen, last_gradients, shard_ranges};
use crate::train::supervised::{SupervisedBatch, mean, write_losses};
use crate::train::update::Trained;
use crate::train::update_phase::{update, update_tasks};

/// The memory of a step of network `N`.
#[derive(Debug)]
pub struct Workspace<'m, N> {
    rows: Rows<'m>,
    network: PhantomData<N>,
}

/// What samples leave behind.
#[derive(Debug)]
struct Rows<'m> {
    activations: PatchActivations<'m>,
    /// `[rows][outputs]`
    outputs: &'m mut [f32],
    /// `[rows]`
    losses: &'m mut [f32],
}

impl<'m, N: Network> Workspace<'m, N> {
    /// Cache lines that a workspace for `batch` samples takes.
    pub const fn lines(batch: usize) -> usize {
        (batch * (PatchActivations::floats_per_row::<N>() + N::OUTPUTS + 1)).div_ceil(PANEL)
    }

    /// A workspace for up to `batch` samples.
    ///
    /// # Panics
    /// If `memory` is shorter than [`Workspace::lines`] says.
    pub fn new(memory: &'m mut [CacheLine], batch: usize) -> Self {
        let memory = &mut bytemuck::cast_slice_mut(memory);
        let activations = PatchActivations::carve::<N>(memory, batch);
        let rows = Rows { activations, outputs: take(memory, batch * N::OUTPUTS), losses: take(memory, batch) };
        Self { rows, network: PhantomData }
    }
}

impl Rows<'_> {
    fn count(&self) -> usize {
        self.losses.len()
    }

    fn reborrow(&mut self) -> Rows<'_> {
        Rows { activations: self.activations.reborrow(), outputs: &mut *self.outputs, losses: &mut *self.losses }
    }

    /// Splits off the first `rows`.
    fn take(&mut self, rows: usize) -> Self {
        let width = self.outputs.len().checked_div(self.count()).unwrap_or(0);
        Self {
            activations: self.activations.take_rows(rows),
            outputs: take(&mut self.outputs, rows * width),
            losses: take(&mut self.losses, rows),
        }
    }
}

/// One step: the gradient of the mean loss with the old weights, then `network` is updated by `rule`. Returns the mean
/// loss before the update.
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
    let (count, room) = (batch.rows(), workspace.rows.count());
    assert!((1..=room).contains(&count), "a step needs 1 to {room} samples, not {count}");
    assert!(plan.shards > 0, "a batch has at least one shard");
    let mut rows = workspace.rows.reborrow();
    let mut rows = rows.take(count);
    let frozen = Frozen::from(&*network);
    let shards = cut_shards(rows.reborrow(), plan.shards);
    plan.executor.for_each(shards, |shard| shard.run(plan.isa, &frozen, batch, count));
    update(plan, update_tasks(network, &rows.activations.layers, None, rule));
    mean(rows.losses)
}

/// Some of the samples, with their part of the workspace.
struct Shard<'w> {
    first: usize,
    rows: Rows<'w>,
}

fn cut_shards(mut rows: Rows<'_>, shards: usize) -> impl Iterator<Item = Shard<'_>> {
    let count = rows.count();
    shard_ranges(count, shards.min(count)).map(move |range| Shard { first: range.start, rows: rows.take(range.len()) })
}

impl Shard<'_> {
    /// Forward, loss and backward. The loss of the step is the mean over `count` samples.
    fn run<N: Network, B: SupervisedBatch>(self, isa: Isa, network: &Frozen<'_, N>, batch: &B, count: usize) {
        let Self { first, rows: Rows { mut activations, outputs, losses } } = self;
        for (row, input) in (first..).zip(activations.images[0].chunks_exact_mut(N::INPUTS)) {
            batch.input(row, input);
        }
        activations.forward(isa, network.weights, outputs);
        write_losses::<N, B>(batch, first, count, outputs, last_gradients(&mut activations.layers), losses);
        activations.backward::<N>(isa, network.copies);
    }
}
