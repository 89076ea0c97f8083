//! How far the cores are from one another on which threads run.

use std::hint::spin_loop;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::time::{Duration, Instant};

use pocketgan_core::train::update::Destination;

use crate::training::threads::Threads;

/// Nanoseconds beyond which a line comes from a cache that the cores do not share. Seen: 14 to 35 on one die of a Zen 4
/// (they share its last-level cache), 165 from die to die; 50 to 70 across an Intel Xeon's mesh.
const FAR: f64 = 100.0;

/// Where the new weights of a training on `threads` are best written at the moment (virtual machines are moved from core
/// to core), if that can be told.
pub(crate) fn weights_to(threads: &Threads) -> Option<Destination> {
    distance(threads).map(|nanoseconds| if nanoseconds > FAR { Destination::Memory } else { Destination::Cache })
}

/// Exchanges timed together, and how often: the fastest counts.
const EXCHANGES: u32 = 64;
const BURSTS: u32 = 5;

/// After this much time nobody waits any longer: where there are more threads than cores, two of them may never run at
/// the same time.
const PATIENCE: Duration = Duration::from_millis(3);

/// Nanoseconds that a cache line takes from the core of the first thread to that of the farthest. Nothing if there is
/// one thread, or if no two of them ran at the same time.
///
/// Call it from one of the threads, while they have nothing else to do.
pub(crate) fn distance(threads: &Threads) -> Option<f64> {
    let lines: Vec<Line> = (1..threads.count()).map(|_| Line::default()).collect();
    if lines.is_empty() {
        return None;
    }
    let deadline = Instant::now() + PATIENCE;
    let found = threads.on_each(|thread| match thread.checked_sub(1) {
        None => lines.iter().filter_map(|line| line.exchange(deadline)).reduce(f64::max),
        Some(other) => {
            lines[other].answer(deadline);
            None
        }
    });
    found.into_iter().flatten().next()
}

/// What two threads exchange: odd numbers, each answered by the next one.
#[derive(Default)]
#[repr(align(128))]
struct Line(AtomicU32);

/// Nobody is there yet.
const NOBODY: u32 = 0;
/// Whoever answers is there.
const READY: u32 = 2;
/// It may go.
const OVER: u32 = u32::MAX - 1;

impl Line {
    /// Nanoseconds one way; nothing if there is no answer before the `deadline`.
    fn exchange(&self, deadline: Instant) -> Option<f64> {
        let found = self.bursts(deadline);
        self.0.store(OVER, Release);
        found
    }

    fn bursts(&self, deadline: Instant) -> Option<f64> {
        self.wait(deadline, |number| number == READY)?;
        let mut sent = READY;
        let mut fastest = Duration::MAX;
        for _ in 0..BURSTS {
            let began = Instant::now();
            for _ in 0..EXCHANGES {
                self.0.store(sent + 1, Release);
                sent += 2;
                self.wait(deadline, |number| number == sent)?;
            }
            fastest = fastest.min(began.elapsed());
        }
        Some(fastest.as_nanos() as f64 / f64::from(2 * EXCHANGES))
    }

    /// Answers whoever calls [`Line::exchange`], at most until the `deadline`.
    fn answer(&self, deadline: Instant) {
        // If the other has gone already, it stays gone.
        if self.0.compare_exchange(NOBODY, READY, Release, Acquire).is_err() {
            return;
        }
        let mut answered = READY;
        while let Some(asked) = self.wait(deadline, |number| number != answered) {
            if asked == OVER {
                return;
            }
            answered = asked + 1;
            self.0.store(answered, Release);
        }
    }

    /// Waits for a number that is `wanted`; nothing if none comes before the `deadline`.
    fn wait(&self, deadline: Instant, wanted: impl Fn(u32) -> bool) -> Option<u32> {
        /// Looks at the number between two at the clock, which would delay what is measured.
        const LOOKS: u32 = 256;
        loop {
            for _ in 0..LOOKS {
                let number = self.0.load(Acquire);
                if wanted(number) {
                    return Some(number);
                }
                spin_loop();
            }
            if Instant::now() > deadline {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance_of(count: usize) -> (Option<f64>, Duration) {
        let threads = Threads::start(count).unwrap();
        let began = Instant::now();
        let found = threads.enter(|| distance(&threads));
        (found, began.elapsed())
    }

    #[test]
    fn one_thread_is_not_apart_from_itself() {
        assert_eq!(distance_of(1).0, None);
    }

    #[test]
    fn a_line_takes_some_nanoseconds_between_threads_that_run_at_the_same_time() {
        // On a busy machine not every try finds both threads running.
        let found = (0..1000).find_map(|_| distance_of(2).0);
        assert!((1.0..1e5).contains(&found.expect("two threads never ran at the same time")), "{found:?}");
    }

    #[test]
    fn more_threads_than_cores_are_not_waited_for() {
        for _ in 0..20 {
            let (_, elapsed) = distance_of(64);
            assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
        }
    }

    #[test]
    fn an_answer_to_somebody_who_has_gone_is_not_waited_for() {
        let line = Line(AtomicU32::new(OVER));
        line.answer(Instant::now() + Duration::from_secs(3600));
        assert_eq!(line.0.into_inner(), OVER);
    }

    #[test]
    fn nobody_who_answers_is_no_distance() {
        assert_eq!(Line::default().exchange(Instant::now()), None);
    }
}
