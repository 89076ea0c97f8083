//! How fast this machine trains the recipe, against what it could do at the most.

mod epochs;
mod flops;
mod memory;
mod parts;
mod peak;
mod report;
mod statistics;
mod tables;
pub(crate) mod to_quality;

use anyhow::{Result, ensure};
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::recipe::BATCH;

use crate::data::idx::Images;
use crate::output::terminal;
use crate::training::recipe::Precision;
use crate::training::threads::{self, Threads};
use epochs::{Course, Epoch, Training};
use parts::{Clocked, SLOTS};
pub(crate) use report::Report;
use report::{Latency, Machine, Peak};
use statistics::{Timed, median};

/// Batch sizes that are compared.
const BATCHES: [usize; 6] = [32, 64, 128, 256, 512, 1024];

/// Measures the machine before and after its trainings.
pub(crate) fn measure(setting: &Setting, images: &Images) -> Result<Report> {
    let before = machine(setting)?;
    let trainings = setting.threads.iter().map(|&count| train(setting, count, images)).collect::<Result<Vec<_>>>()?;
    let sizes = setting.precisions.iter().flat_map(|&precision| BATCHES.map(|batch| (precision, batch)));
    let batches =
        sizes.map(|(precision, batch)| grow(setting, precision, batch, images)).collect::<Result<Vec<_>>>()?;
    let after = machine(setting)?;
    Ok(Report::new(setting, images.count(), [before, after], &trainings.concat(), &batches))
}

/// What is measured, and how thoroughly.
pub(crate) struct Setting {
    isa: Isa,
    /// Each once.
    precisions: Vec<Precision>,
    /// Numbers of threads, growing.
    threads: Vec<usize>,
    epochs: usize,
    /// Steps of an epoch that are done.
    steps: usize,
    peak: peak::Effort,
    /// Loads in a walk through memory.
    loads: usize,
    quick: bool,
}

impl Setting {
    /// What is measured in `epochs` epochs of each kind (unless said, 5, or 1 if `quick`) in each of the `precisions` with
    /// these numbers of threads (if there are none, 1 and all).
    ///
    /// # Errors
    /// If a number is out of range; the sentence names the option.
    pub(crate) fn new(
        isa: Isa,
        precisions: &[Precision],
        threads: &[usize],
        epochs: Option<usize>,
        quick: bool,
    ) -> Result<Self> {
        let thorough = Self {
            isa,
            precisions: once(precisions),
            threads: thread_counts(threads)?,
            epochs: epochs.unwrap_or(if quick { 1 } else { 5 }),
            steps: usize::MAX,
            peak: peak::Effort { windows: 40, flops: 1 << 28 },
            loads: 1 << 17,
            quick,
        };
        ensure!(thorough.epochs > 0, "--epochs 0: must be at least 1");
        Ok(if quick { thorough.quicker() } else { thorough })
    }

    /// Enough to see that everything works.
    fn quicker(self) -> Self {
        Self { steps: 10, peak: peak::Effort { windows: 20, flops: 1 << 26 }, loads: 1 << 14, ..self }
    }

    /// The largest number of threads.
    fn most_threads(&self) -> usize {
        *self.threads.last().expect("there is a number of threads")
    }

    fn course(&self, precision: Precision, batch: usize) -> Course {
        Course { isa: self.isa, precision, batch, steps: self.steps }
    }
}

/// `values` without those that are named again.
fn once(values: &[Precision]) -> Vec<Precision> {
    let is_first = |(index, value): &(usize, &Precision)| !values[..*index].contains(value);
    values.iter().enumerate().filter(is_first).map(|(_, &value)| value).collect()
}

/// The numbers of threads that were named, or 1 and all; growing, each once.
fn thread_counts(typed: &[usize]) -> Result<Vec<usize>> {
    let mut counts = typed.iter().map(|&count| threads::count(Some(count))).collect::<Result<Vec<_>>>()?;
    if counts.is_empty() {
        counts = vec![1, threads::count(None)?];
    }
    counts.sort_unstable();
    counts.dedup();
    Ok(counts)
}

/// What the machine can do at the moment.
fn machine(setting: &Setting) -> Result<Machine> {
    terminal::remark("measuring the machine");
    let peak = |precision: Precision, isa: Isa, threads: usize| Peak {
        precision,
        isa: isa.name(),
        threads,
        gflops: peak::gflops(isa, precision, threads, setting.peak),
    };
    let latency = |bytes| Latency { bytes, nanoseconds: memory::nanoseconds(bytes, setting.loads) };
    let kinds = setting.precisions.iter().flat_map(|&precision| Isa::available().map(move |isa| (precision, isa)));
    Ok(Machine {
        peaks: kinds
            .flat_map(|(precision, isa)| setting.threads.iter().map(move |&threads| peak(precision, isa, threads)))
            .collect(),
        latencies: memory::SIZES.into_iter().map(latency).collect(),
    })
}

/// The epochs in one precision on one number of threads.
#[derive(Clone)]
struct Trained {
    precision: Precision,
    threads: usize,
    /// Real images of each step of an epoch.
    reals: Vec<usize>,
    epochs: Vec<Epoch>,
    /// Epochs with clocks, each with its parts' milliseconds.
    clocked: Vec<(Timed, [f64; SLOTS])>,
}

/// Epochs in each precision, with and without clocks, in turn, so that a busy neighbour meets all of them.
fn train(setting: &Setting, count: usize, images: &Images) -> Result<Vec<Trained>> {
    terminal::remark(format_args!("training, threads: {count}"));
    let threads = Threads::start(count)?;
    threads.enter(|| {
        let clocked_threads = Clocked::new(&threads);
        let warmed = |&precision| {
            let training = Training::warmed(setting.course(precision, BATCH), images, &threads)?;
            let (threads, reals) = (count, training.reals.clone());
            Ok((training, Trained { precision, threads, reals, epochs: Vec::new(), clocked: Vec::new() }))
        };
        let mut trainings = setting.precisions.iter().map(warmed).collect::<Result<Vec<_>>>()?;
        for _ in 0..setting.epochs {
            for (training, trained) in &mut trainings {
                trained.epochs.push(training.epoch(&threads)?);
                clocked_threads.restart();
                let epoch = training.epoch(&clocked_threads)?;
                trained.clocked.push((epoch.total(), clocked_threads.milliseconds()));
            }
        }
        Ok(trainings.into_iter().map(|(_, trained)| trained).collect())
    })
}

/// The epochs in one precision with one batch size.
struct Grown {
    precision: Precision,
    batch: usize,
    /// Seconds of the median epoch, and what was done in it.
    median: Timed,
    steps: usize,
}

/// Epochs with batches of `batch`, on all threads.
fn grow(setting: &Setting, precision: Precision, batch: usize, images: &Images) -> Result<Grown> {
    terminal::remark(format_args!("training in {}, batch: {batch}", precision.name()));
    let threads = Threads::start(setting.most_threads())?;
    threads.enter(|| {
        let mut training = Training::warmed(setting.course(precision, batch), images, &threads)?;
        let epochs = (0..setting.epochs).map(|_| training.epoch(&threads)).collect::<Result<Vec<_>>>()?;
        let seconds = median(epochs.iter().map(|epoch| epoch.total().seconds).collect());
        Ok(Grown { precision, batch, median: Timed { seconds, ..epochs[0].total() }, steps: epochs[0].steps.len() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_measured_in_growing_number_and_once() {
        assert_eq!(thread_counts(&[4, 1, 4]).unwrap(), [1, 4]);
        let all = thread_counts(&[]).unwrap();
        assert!(all[0] == 1 && all.is_sorted_by(|a, b| a < b), "{all:?}");
        assert!(thread_counts(&[0]).unwrap_err().to_string().starts_with("--threads 0"));
    }
}
