//! Many threads for the tasks of a step.

use anyhow::{Context, Result, ensure};
use pocketgan_core::train::execution::TaskExecutor;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Samples a shard has at the most: what they leave behind stays in a core's second-level cache.
const SHARD: usize = 64;
/// Most threads, and most shards of a batch.
const MAX_THREADS: usize = 64;

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

impl TaskExecutor for Threads {
    fn for_each<T: Send>(&self, tasks: impl Iterator<Item = T>, work: impl Fn(T) + Sync + Send) {
        let tasks: Vec<T> = tasks.collect();
        // Inside the pool, where a training runs, these are its own threads.
        tasks.into_par_iter().with_max_len(1).for_each(work);
    }
}

/// Number of threads: as typed, or one for each core that this process may use. A second thread on a core would share its
/// multipliers and gain nothing.
pub(crate) fn count(typed: Option<usize>) -> Result<usize> {
    let allowed = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = typed.unwrap_or_else(|| num_cpus::get_physical().min(allowed()).clamp(1, MAX_THREADS));
    ensure!((1..=MAX_THREADS).contains(&threads), "--threads {threads}: must be from 1 to {MAX_THREADS}");
    Ok(threads)
}

/// As few shards of at most [`SHARD`] samples as every thread gets the same number of.
pub(crate) fn shards(batch: usize, threads: usize) -> usize {
    let shards = batch.div_ceil(SHARD).next_multiple_of(threads);
    shards.min(batch).min(MAX_THREADS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_gets_the_same_number_of_small_shards() {
        assert_eq!([1, 2, 3, 8].map(|threads| shards(256, threads)), [4, 4, 6, 8]);
        assert_eq!((shards(1, 8), shards(32, 2), shards(4096, 2), shards(4096, 48)), (1, 2, 64, 64));
    }

    #[test]
    fn a_number_of_threads_out_of_range_is_rejected() {
        assert!(count(Some(0)).is_err() && count(Some(65)).is_err() && count(None).is_ok());
    }
}
