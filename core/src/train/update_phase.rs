//! The second phase of a step: blocks of weights of one or more networks get their gradients and are updated.

use crate::nn::activations::Activations;
use crate::nn::kernel::{Element, Isa};
use crate::nn::network::Network;
use crate::nn::precision::Precision;
use crate::train::execution::{Phase, Plan, TaskExecutor};
use crate::train::optimiser::Optimiser;
use crate::train::update::{Block, GradientBlock, Trained};

/// A task of the phase.
pub(super) trait UpdateTask: Send {
    fn run(self, isa: Isa);
}

/// A block and the rule of its network.
pub(super) struct BlockUpdate<'t, O, const MOMENTS: usize, E> {
    block: Block<'t, MOMENTS, E>,
    rule: &'t O,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize, E: Precision> UpdateTask for BlockUpdate<'_, O, MOMENTS, E> {
    fn run(mut self, isa: Isa) {
        self.block.update(isa, self.rule);
    }
}

impl<E: Element> UpdateTask for GradientBlock<'_, E> {
    fn run(self, isa: Isa) {
        self.compute(isa);
    }
}

/// One of two kinds of tasks.
pub(super) enum Either<A, B> {
    First(A),
    Second(B),
}

impl<A: UpdateTask, B: UpdateTask> UpdateTask for Either<A, B> {
    fn run(self, isa: Isa) {
        match self {
            Self::First(task) => task.run(isa),
            Self::Second(task) => task.run(isa),
        }
    }
}

/// The tasks that update `network` by the gradients in `activations`, those of its biases multiplied by `bias_factors`.
pub(super) fn update_tasks<'t, N: Network, O: Optimiser<MOMENTS>, const MOMENTS: usize, E: Precision>(
    network: &'t mut Trained<N, MOMENTS, E>,
    activations: &'t Activations<'_, E>,
    bias_factors: Option<&'t [E]>,
    rule: &'t O,
) -> impl Iterator<Item = BlockUpdate<'t, O, MOMENTS, E>> {
    block_tasks(network.blocks(activations, bias_factors), rule)
}

/// The tasks that update `blocks`.
pub(super) fn block_tasks<'t, O: Optimiser<MOMENTS>, const MOMENTS: usize, E: Precision>(
    blocks: impl Iterator<Item = Block<'t, MOMENTS, E>>,
    rule: &'t O,
) -> impl Iterator<Item = BlockUpdate<'t, O, MOMENTS, E>> {
    blocks.map(move |block| BlockUpdate { block, rule })
}

/// The tasks of two kinds.
pub(super) fn both<A, B>(
    first: impl Iterator<Item = A>,
    second: impl Iterator<Item = B>,
) -> impl Iterator<Item = Either<A, B>> {
    first.map(Either::First).chain(second.map(Either::Second))
}

/// Runs the phase.
pub(super) fn update<E: TaskExecutor, T: UpdateTask>(plan: &Plan<'_, E>, tasks: impl Iterator<Item = T>) {
    plan.executor.for_each(tasks, |task| {
        plan.executor.enter(Phase::Update);
        task.run(plan.isa);
        plan.executor.enter(Phase::Idle);
    });
}
