//! What a bench found, as an object for machines.

use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::recipe::BATCH;
use serde::Serialize;

use super::epochs::flops_of_epoch;
use super::flops::{self, PHASES};
use super::parts::SLOTS;
use super::statistics::{Timed, best_window, median, minimum};
use super::{Grown, Setting, Trained};
use crate::training::recipe::Precision;

/// Consecutive steps that are short enough to pass without disturbance by other processes.
const BEST_STEPS: usize = 30;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Version of the program.
    pub(super) program: &'static str,
    /// A smoke run: too short for its figures to mean much.
    pub(super) quick: bool,
    /// The instruction set that trained.
    pub(super) isa: &'static str,
    pub(super) images: usize,
    pub(super) batch: usize,
    pub(super) steps_per_epoch: usize,
    /// Floating-point operations of a step with a full batch: those of its matrix products.
    pub(super) step_flops: u64,
    pub(super) epoch_flops: u64,
    pub(super) before: Machine,
    pub(super) after: Machine,
    pub(super) training: Vec<Training>,
    /// On the largest number of threads.
    pub(super) batches: Vec<Batches>,
}

/// What the machine can do at the most.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    pub(super) peaks: Vec<Peak>,
    pub(super) latencies: Vec<Latency>,
}

impl Machine {
    /// GFLOP/s of so many threads: at least what fewer of them reached, however disturbed they were together.
    fn peak(&self, precision: Precision, isa: Isa, threads: usize) -> f64 {
        let is_known = |peak: &&Peak| peak.precision == precision && peak.isa == isa.name() && peak.threads <= threads;
        let known = self.peaks.iter().filter(is_known);
        known.map(|peak| peak.gflops).fold(0.0, f64::max)
    }
}

/// Multiply-adds in registers, two operations each.
#[derive(Debug, Serialize)]
pub(super) struct Peak {
    pub(super) precision: Precision,
    pub(super) isa: &'static str,
    pub(super) threads: usize,
    pub(super) gflops: f64,
}

/// A dependent load somewhere in so many bytes.
#[derive(Debug, Serialize)]
pub(super) struct Latency {
    pub(super) bytes: usize,
    pub(super) nanoseconds: f64,
}

/// Epochs of the recipe on some threads.
#[derive(Debug, Serialize)]
pub(super) struct Training {
    pub(super) precision: Precision,
    pub(super) threads: usize,
    /// Of these threads together, the higher one of before and after.
    pub(super) peak_gflops: f64,
    pub(super) epochs: usize,
    pub(super) median: Speed,
    pub(super) minimum: Speed,
    /// The fastest stretch of consecutive steps of one epoch, its rate scaled to an epoch.
    pub(super) best_steps: Speed,
    /// How many steps that stretch has.
    pub(super) best_steps_count: usize,
    /// Seconds of the median epoch whose parts were timed.
    pub(super) clocked_seconds: f64,
    /// Of that epoch; they add up to it.
    pub(super) parts: Vec<PartTime>,
}

#[derive(Debug, Serialize)]
pub(super) struct Speed {
    pub(super) seconds_per_epoch: f64,
    pub(super) gflops: f64,
    pub(super) share_of_peak: f64,
}

/// A part of a step.
#[derive(Debug, Serialize)]
pub(super) struct PartTime {
    pub(super) name: &'static str,
    /// In an epoch, in the mean of the threads.
    pub(super) milliseconds: f64,
    /// Of the part's matrix products, while it lasts; none in parts that have none.
    pub(super) share_of_peak: Option<f64>,
}

/// Epochs with another batch size.
#[derive(Debug, Serialize)]
pub(super) struct Batches {
    pub(super) precision: Precision,
    pub(super) batch: usize,
    /// Of a fake and a real image.
    pub(super) microseconds_per_sample: f64,
    pub(super) gflops: f64,
    pub(super) share_of_peak: f64,
}

impl Report {
    pub(super) fn new(
        setting: &Setting,
        images: usize,
        [before, after]: [Machine; 2],
        trainings: &[Trained],
        batches: &[Grown],
    ) -> Self {
        let peak = |precision, threads| {
            before.peak(precision, setting.isa, threads).max(after.peak(precision, setting.isa, threads))
        };
        let epoch_flops = flops_of_epoch(images, BATCH);
        let training = |found: &Trained| Training::new(found, epoch_flops, peak(found.precision, found.threads));
        let grown = |found: &Grown| Batches::new(found, peak(found.precision, setting.most_threads()));
        Self {
            program: env!("CARGO_PKG_VERSION"),
            quick: setting.quick,
            isa: setting.isa.name(),
            images,
            batch: BATCH,
            steps_per_epoch: images.div_ceil(BATCH),
            step_flops: flops::of_step(BATCH, BATCH),
            epoch_flops,
            training: trainings.iter().map(training).collect(),
            batches: batches.iter().map(grown).collect(),
            before,
            after,
        }
    }
}

impl Training {
    fn new(found: &Trained, epoch_flops: u64, peak_gflops: f64) -> Self {
        let done = found.epochs[0].total().flops;
        let seconds: Vec<f64> = found.epochs.iter().map(|epoch| epoch.total().seconds).collect();
        let speed = |timed| Speed::new(timed, epoch_flops, peak_gflops);
        let stretch = found.epochs.iter().map(|epoch| best_window(&epoch.steps, BEST_STEPS));
        let (clocked, parts) = median_clocked(&found.clocked);
        Self {
            precision: found.precision,
            threads: found.threads,
            peak_gflops,
            epochs: found.epochs.len(),
            median: speed(Timed { flops: done, seconds: median(seconds.clone()) }),
            minimum: speed(Timed { flops: done, seconds: minimum(&seconds) }),
            best_steps: speed(stretch.max_by(|a, b| a.rate().total_cmp(&b.rate())).expect("there are epochs")),
            best_steps_count: BEST_STEPS.min(found.epochs[0].steps.len()),
            clocked_seconds: speed(clocked).seconds_per_epoch,
            parts: part_times(&parts, &found.reals, epoch_flops as f64 / done as f64, peak_gflops),
        }
    }
}

/// The epoch in the middle of those with clocks.
fn median_clocked(clocked: &[(Timed, [f64; SLOTS])]) -> (Timed, [f64; SLOTS]) {
    let mut sorted = clocked.to_vec();
    sorted.sort_by(|(a, _), (b, _)| a.seconds.total_cmp(&b.seconds));
    sorted[sorted.len() / 2]
}

/// What each slot of a clock is called.
const NAMES: [&str; SLOTS] = [
    "noise",
    "generator forward",
    "batch",
    "discriminator forward",
    "discriminator backward",
    "generator backward",
    "weights and optimisers",
    "waiting",
    "serial",
];

/// The parts of an epoch of steps with these real images. A whole epoch is `scale` times that, and all threads together
/// have a peak of `peak_gflops`.
fn part_times(milliseconds: &[f64; SLOTS], reals: &[usize], scale: f64, peak_gflops: f64) -> Vec<PartTime> {
    let flops_of = |slot: usize| -> u64 {
        PHASES.get(slot).map_or(0, |&part| reals.iter().map(|&reals| flops::of_phase(part, BATCH, reals)).sum())
    };
    let part = |slot: usize| {
        let rate = Timed { flops: flops_of(slot), seconds: milliseconds[slot] / 1e3 }.rate();
        PartTime {
            name: NAMES[slot],
            milliseconds: milliseconds[slot] * scale,
            // All threads are at it, each for this time.
            share_of_peak: (flops_of(slot) > 0).then_some(rate / 1e9 / peak_gflops),
        }
    };
    (0..SLOTS).map(part).collect()
}

impl Speed {
    fn new(timed: Timed, epoch_flops: u64, peak_gflops: f64) -> Self {
        let gflops = timed.rate() / 1e9;
        let seconds_per_epoch = epoch_flops as f64 / timed.rate();
        Self { seconds_per_epoch, gflops, share_of_peak: gflops / peak_gflops }
    }
}

impl Batches {
    fn new(found: &Grown, peak_gflops: f64) -> Self {
        let gflops = found.median.rate() / 1e9;
        Self {
            precision: found.precision,
            batch: found.batch,
            microseconds_per_sample: found.median.seconds * 1e6 / (found.steps * found.batch) as f64,
            gflops,
            share_of_peak: gflops / peak_gflops,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::train::execution::Phase;

    #[test]
    fn seconds_an_epoch_follow_from_the_rate_of_whatever_was_timed() {
        let speed = Speed::new(Timed { flops: 100_000_000_000, seconds: 2.0 }, 200_000_000_000, 80.0);
        assert_eq!((speed.seconds_per_epoch, speed.gflops, speed.share_of_peak), (4.0, 50.0, 0.625));
    }

    #[test]
    fn parts_are_scaled_to_an_epoch_and_held_against_the_peak_of_all_threads() {
        let flops = flops::of_phase(Phase::Update, BATCH, BATCH) + flops::of_phase(Phase::Update, BATCH, 96);
        let mut milliseconds = [1.0; SLOTS];
        milliseconds[Phase::Update as usize] = 20.0;
        let parts = part_times(&milliseconds, &[BATCH, 96], 10.0, 2.0 * flops as f64 / 0.02 / 1e9);
        let weights = &parts[Phase::Update as usize];
        assert_eq!((weights.name, weights.milliseconds), ("weights and optimisers", 200.0));
        assert!((weights.share_of_peak.unwrap() - 0.5).abs() < 1e-9, "{weights:?}");
        assert!(parts[Phase::Latents as usize].share_of_peak.is_none());
    }

    #[test]
    fn the_parts_of_the_epoch_in_the_middle_are_shown() {
        let epoch = |seconds: f64| (Timed { flops: 1, seconds }, [seconds; SLOTS]);
        let (timed, parts) = median_clocked(&[epoch(3.0), epoch(1.0), epoch(2.0)]);
        assert_eq!((timed.seconds, parts[0]), (2.0, 2.0));
    }
}
