//! What a bench found, as tables for people.

use std::fmt::{Display, Formatter, Result};

use super::report::{Machine, Report, Speed, Training};
use crate::training::recipe::Precision;

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { isa, images, batch, steps_per_epoch, .. } = self;
        let (step, epoch) = (self.step_flops as f64 / 1e9, self.epoch_flops as f64 / 1e9);
        writeln!(f, "{images} images in {steps_per_epoch} steps of {batch}; {isa}")?;
        writeln!(f, "matrix products of a step {step:.3} GFLOP, of an epoch {epoch:.1} GFLOP")?;
        if self.quick {
            writeln!(f, "quick: too short for these figures to mean much")?;
        }
        machine(f, &self.before, &self.after)?;
        speeds(f, &self.training)?;
        self.training.iter().try_for_each(|training| parts(f, training))?;
        self.batches(f)
    }
}

impl Report {
    fn batches(&self, f: &mut Formatter<'_>) -> Result {
        let threads = self.training.last().map_or(1, |training| training.threads);
        for found in self.batches.chunk_by(|a, b| a.precision == b.precision) {
            let title = format!("batch size, {}", kind(threads, found[0].precision));
            head(f, &title, ["us/sample", "GFLOP/s", "of peak"])?;
            for found in found {
                let cost = format!("{:.2}", found.microseconds_per_sample);
                row(f, &found.batch.to_string(), [&cost, &rate(found.gflops), &percent(found.share_of_peak)])?;
            }
        }
        writeln!(f, "\nWidths are fixed when the program is compiled; what they cost is not measured.")
    }
}

/// The machine before and after the epochs.
fn machine(f: &mut Formatter<'_>, before: &Machine, after: &Machine) -> Result {
    head(f, "machine", ["before", "after", ""])?;
    for (before, after) in before.peaks.iter().zip(&after.peaks) {
        let operation = match before.precision {
            Precision::F32 => "FMA",
            other => other.name(),
        };
        let name = format!("{operation} peak, {}, {}", before.isa, threads_of(before.threads));
        row(f, &name, [&rate(before.gflops), &rate(after.gflops), "GFLOP/s"])?;
    }
    let time = |nanoseconds: f64| format!("{nanoseconds:.1}");
    for (before, after) in before.latencies.iter().zip(&after.latencies) {
        let name = format!("latency, {} KiB", before.bytes >> 10);
        row(f, &name, [&time(before.nanoseconds), &time(after.nanoseconds), "ns a load"])?;
    }
    Ok(())
}

/// Whole epochs.
fn speeds(f: &mut Formatter<'_>, trainings: &[Training]) -> Result {
    head(f, "training", ["s/epoch", "GFLOP/s", "of peak"])?;
    for training in trainings {
        let of = kind(training.threads, training.precision);
        speed(f, &format!("{of}, median of {}", training.epochs), &training.median)?;
        speed(f, &format!("{of}, fastest"), &training.minimum)?;
        speed(f, &format!("{of}, best {} steps, scaled", training.best_steps_count), &training.best_steps)?;
    }
    Ok(())
}

fn speed(f: &mut Formatter<'_>, name: &str, speed: &Speed) -> Result {
    let seconds = format!("{:.3}", speed.seconds_per_epoch);
    row(f, name, [&seconds, &rate(speed.gflops), &percent(speed.share_of_peak)])
}

/// Where the time of an epoch goes.
fn parts(f: &mut Formatter<'_>, training: &Training) -> Result {
    head(f, &format!("parts, {}", kind(training.threads, training.precision)), ["ms/epoch", "of time", "of peak"])?;
    let total: f64 = training.parts.iter().map(|part| part.milliseconds).sum();
    let time = |milliseconds: f64| format!("{milliseconds:.1}");
    for part in &training.parts {
        let peak = part.share_of_peak.map_or_else(String::new, percent);
        row(f, part.name, [&time(part.milliseconds), &percent(part.milliseconds / total), &peak])?;
    }
    row(f, "together", [&time(total), "", ""])?;
    // The clocks cost about 0.2 %; what is beyond that is chance.
    let (with, without) = (training.clocked_seconds, training.median.seconds_per_epoch);
    row(f, "beyond the median without clocks", [&time(1e3 * (with - without)), &percent(with / without - 1.0), ""])
}

/// The first line of a table, a blank one before it.
fn head(f: &mut Formatter<'_>, title: &str, columns: [&str; 3]) -> Result {
    writeln!(f)?;
    row(f, title, columns)
}

fn row(f: &mut Formatter<'_>, name: &str, [a, b, c]: [&str; 3]) -> Result {
    writeln!(f, "{}", format!("{name:<39}{a:>10}{b:>10}{c:>11}").trim_end())
}

fn rate(gflops: f64) -> String {
    format!("{gflops:.1}")
}

fn threads_of(count: usize) -> String {
    if count == 1 { "1 thread".to_owned() } else { format!("{count} threads") }
}

/// What a training is called.
fn kind(threads: usize, precision: Precision) -> String {
    match precision {
        Precision::F32 => threads_of(threads),
        other => format!("{}, {}", threads_of(threads), other.name()),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
