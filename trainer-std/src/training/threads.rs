//! Many threads for the tasks of a step.

use anyhow::{Context, Result};
use pocketgan_core::train::tasks::RunTasks;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// A pool of threads, of which the one that trains is one.
pub(crate) struct Threads {
    pool: ThreadPool,
}

impl Threads {
    pub(crate) fn start(count: usize) -> Result<Self> {
        let pool = ThreadPoolBuilder::new().num_threads(count).build();
        Ok(Self { pool: pool.with_context(|| format!("{count} threads could not be started"))? })
    }

    pub(crate) fn count(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs `work` as one of the pool's threads, so that its tasks start without a change of threads.
    pub(crate) fn enter<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }
}

impl RunTasks for Threads {
    fn for_each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync + Send) {
        // The pool's own if we are inside it, as a training is.
        tasks.par_iter_mut().with_max_len(1).for_each(work);
    }
}
