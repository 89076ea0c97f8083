//! Where the time of a step goes: a clock for each thread, set by what the core says of its work.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use pocketgan_core::train::execution::{Phase, TaskExecutor};

use super::flops::PHASES;
use crate::training::threads::Threads;

/// What a thread's time is spent on: the parts of a step, and behind them what is outside of all tasks.
pub(super) const SLOTS: usize = PHASES.len() + 1;
const OUTSIDE: usize = PHASES.len();
const IDLE: usize = Phase::Idle as usize;

/// [`Threads`] with a clock for each of them.
pub(super) struct Clocked<'a> {
    threads: &'a Threads,
    clocks: Vec<Clock>,
    began: Instant,
}

impl<'a> Clocked<'a> {
    pub(super) fn new(threads: &'a Threads) -> Self {
        let clocks = (0..threads.count()).map(|_| Clock::default()).collect();
        Self { threads, clocks, began: Instant::now() }
    }

    /// Nanoseconds since `self` was made.
    fn now(&self) -> u64 {
        self.began.elapsed().as_nanos() as u64
    }

    /// Starts all clocks from zero. Call it, like [`Clocked::milliseconds`], from one of the threads and while no tasks
    /// run.
    pub(super) fn restart(&self) {
        let now = self.now();
        for clock in &self.clocks {
            clock.sums.iter().for_each(|sum| sum.store(0, Relaxed));
            clock.since.store(now, Relaxed);
            clock.on.store(IDLE as u64, Relaxed);
        }
        self.mine().set(OUTSIDE, now);
    }

    /// Milliseconds of each part since [`Clocked::restart`], in the mean of the threads.
    pub(super) fn milliseconds(&self) -> [f64; SLOTS] {
        let now = self.now();
        self.clocks.iter().for_each(|clock| clock.set(clock.on.load(Relaxed) as usize, now));
        let mean = |slot: usize| {
            let nanoseconds: u64 = self.clocks.iter().map(|clock| clock.sums[slot].load(Relaxed)).sum();
            nanoseconds as f64 / 1e6 / self.clocks.len() as f64
        };
        std::array::from_fn(mean)
    }

    /// The calling thread's clock.
    fn mine(&self) -> &Clock {
        &self.clocks[rayon::current_thread_index().expect("tasks run on threads of the pool")]
    }
}

impl TaskExecutor for Clocked<'_> {
    fn for_each<T: Send>(&self, tasks: impl Iterator<Item = T>, work: impl Fn(T) + Sync + Send) {
        self.mine().set(IDLE, self.now());
        self.threads.for_each(tasks, work);
        self.mine().set(OUTSIDE, self.now());
    }

    fn enter(&self, phase: Phase) {
        self.mine().set(phase as usize, self.now());
    }
}

/// One thread's clock, on cache lines of its own. Atomic only so that another thread can read it; only its own
/// thread writes it during a step.
#[derive(Default)]
#[repr(align(128))]
struct Clock {
    /// What the thread is on,
    on: AtomicU64,
    /// since when,
    since: AtomicU64,
    /// and what it spent on each thing before.
    sums: [AtomicU64; SLOTS],
}

impl Clock {
    /// The thread turns to `slot`.
    fn set(&self, slot: usize, now: u64) {
        let sum = &self.sums[self.on.load(Relaxed) as usize];
        sum.store(sum.load(Relaxed) + now.saturating_sub(self.since.load(Relaxed)), Relaxed);
        self.since.store(now, Relaxed);
        self.on.store(slot as u64, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;
    use std::time::Duration;

    #[test]
    fn a_part_is_its_place_in_the_table() {
        for (place, part) in PHASES.into_iter().enumerate() {
            assert_eq!(part as usize, place);
        }
    }

    #[test]
    fn time_goes_to_what_was_entered_last_and_is_lost_nowhere() {
        let threads = Threads::start(2).unwrap();
        let (parts, inside, outside) = threads.enter(|| {
            let clocked = Clocked::new(&threads);
            let before = Instant::now();
            clocked.restart();
            let after = Instant::now();
            clocked.for_each([(); 2].into_iter(), |()| {
                clocked.enter(Phase::Latents);
                sleep(Duration::from_millis(20));
                clocked.enter(Phase::Update);
                sleep(Duration::from_millis(40));
                clocked.enter(Phase::Idle);
            });
            sleep(Duration::from_millis(10));
            let inside = after.elapsed();
            (clocked.milliseconds(), inside, before.elapsed())
        });
        assert!(parts[Phase::Latents as usize] >= 20.0 && parts[Phase::Update as usize] >= 40.0, "{parts:?}");
        assert!(parts[OUTSIDE] >= 5.0, "{parts:?}");
        assert_eq!(parts[Phase::RealImages as usize], 0.0);
        let (shortest, longest) = (inside.as_secs_f64() * 1e3, outside.as_secs_f64() * 1e3);
        let sum: f64 = parts.iter().sum();
        assert!((shortest - 0.001..longest + 0.001).contains(&sum), "{parts:?} from {shortest} to {longest}");
    }
}
