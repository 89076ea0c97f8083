//! How a training step is executed: by which instruction set, in how many shards, by which threads.

use crate::nn::kernel::Isa;

/// Runs independent tasks, in any order, on any threads.
pub trait TaskExecutor: Sync {
    /// Calls `work` once with each of `tasks` and returns when all are done. Only the calling thread uses the iterator.
    fn for_each<T: Send>(&self, tasks: impl Iterator<Item = T>, work: impl Fn(T) + Sync + Send);

    /// Called by the working thread when it begins a phase of a step, so that an executor can measure time; the core
    /// has no clock.
    #[inline]
    fn enter(&self, _phase: Phase) {}
}

/// The phases of a step, in the order in which a task enters them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Latents are drawn.
    Latents,
    /// The generator's forward pass.
    GeneratorForward,
    /// Real images are read.
    RealImages,
    /// The discriminator's forward pass and both losses.
    DiscriminatorForward,
    /// The discriminator's backward pass, and the gradient penalty.
    DiscriminatorBackward,
    /// The generator's backward pass.
    GeneratorBackward,
    /// Weight gradients and the update.
    Update,
    /// A task is done: the thread looks for another, or waits.
    Idle,
}

/// Runs tasks one after another on the calling thread: all there is on a microcontroller.
#[derive(Clone, Copy, Debug)]
pub struct Serial;

impl TaskExecutor for Serial {
    fn for_each<T: Send>(&self, tasks: impl Iterator<Item = T>, work: impl Fn(T) + Sync + Send) {
        tasks.for_each(work);
    }
}

/// How a step is executed. Only `isa` has an influence on the result, and only on its rounding.
#[derive(Debug)]
pub struct Plan<'t, E> {
    /// Instruction set.
    pub isa: Isa,
    /// Number of shards that the batch is cut into, at least 1; never more than there are samples.
    pub shards: usize,
    /// Runs the tasks.
    pub executor: &'t E,
}

impl Plan<'_, Serial> {
    /// One task after another on the calling thread.
    pub fn serial(isa: Isa, shards: usize) -> Self {
        Self { isa, shards, executor: &Serial }
    }
}
