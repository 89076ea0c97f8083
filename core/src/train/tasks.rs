//! Whoever runs tasks: one thread after another, or many at once.

/// Runs independent tasks, in any order, on any threads.
pub trait RunTasks: Sync {
    /// Calls `work` once with each of `tasks` and returns when all are done.
    fn for_each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync + Send);

    /// Hears, from the thread that works, which part of a step begins there. Of use to whoever measures; the core has no
    /// clock.
    #[inline]
    fn enter(&self, _part: Part) {}
}

/// The parts of a step, in the order in which a task meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Latents are made.
    Noise,
    /// The generator draws.
    GeneratorForward,
    /// Real images are read.
    Batch,
    /// The discriminator judges, and both losses are taken.
    DiscriminatorForward,
    /// The losses go back through the discriminator.
    DiscriminatorBackward,
    /// The loss goes back through the generator.
    GeneratorBackward,
    /// Weights get their gradients and move.
    Weights,
    /// A task is done: the thread looks for another, or waits.
    Idle,
}

/// Runs tasks one after another where it is called: all there is on a microcontroller.
#[derive(Clone, Copy, Debug)]
pub struct Serial;

impl RunTasks for Serial {
    fn for_each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync + Send) {
        tasks.iter_mut().for_each(work);
    }
}
