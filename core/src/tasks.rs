//! Whoever runs tasks: one thread after another, or many at once.

/// Runs independent tasks, in any order, on any threads.
pub trait RunTasks {
    /// Calls `work` once with each of `tasks` and returns when all are done.
    fn for_each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync + Send);
}

/// Runs tasks one after another where it is called: all there is on a microcontroller.
#[derive(Clone, Copy, Debug)]
pub struct Serial;

impl RunTasks for Serial {
    fn for_each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync + Send) {
        tasks.iter_mut().for_each(work);
    }
}
