//! `metrics.csv`: a line an epoch.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use pocketgan_core::gan::Report;
use serde::{Deserialize, Serialize};

use crate::files::write_whole;

const HEADER: &str = "epoch,d_loss,g_loss,real_accuracy,fake_accuracy,seconds";

/// Sums over the steps of an epoch. Part of a checkpoint, since a run can stop within an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sums {
    steps: u32,
    d_loss: f64,
    g_loss: f64,
    reals: u64,
    fakes: u64,
    real_right: u64,
    fake_right: u64,
}

impl Sums {
    pub(crate) fn add(&mut self, report: &Report, reals: usize, fakes: usize) {
        self.steps += 1;
        self.d_loss += f64::from(report.d_loss);
        self.g_loss += f64::from(report.g_loss);
        self.reals += reals as u64;
        self.fakes += fakes as u64;
        self.real_right += u64::from(report.real_right);
        self.fake_right += u64::from(report.fake_right);
    }

    pub(crate) fn means(&self) -> Means {
        let steps = f64::from(self.steps.max(1));
        Means {
            d_loss: self.d_loss / steps,
            g_loss: self.g_loss / steps,
            real_accuracy: self.real_right as f64 / self.reals.max(1) as f64,
            fake_accuracy: self.fake_right as f64 / self.fakes.max(1) as f64,
        }
    }
}

/// What an epoch measured: losses as means over its steps, the discriminator's accuracy over its images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    pub(crate) d_loss: f64,
    pub(crate) g_loss: f64,
    pub(crate) real_accuracy: f64,
    pub(crate) fake_accuracy: f64,
}

/// The file, and a line at its end after each epoch.
pub(crate) struct Metrics {
    path: PathBuf,
}

impl Metrics {
    /// Begins the file, keeping the lines of the first `epochs` epochs where it exists: a run that was killed may have
    /// gone on after the checkpoint it resumes from, or have left half a line.
    pub(crate) fn open(path: PathBuf, epochs: u32) -> Result<Self> {
        let old = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
            old => old.unwrap_or_default(),
        };
        write_whole(&path, kept(&old, epochs).as_bytes())?;
        Ok(Self { path })
    }

    pub(crate) fn append(&self, epoch: u32, means: &Means, seconds: f64) -> Result<()> {
        let Means { d_loss, g_loss, real_accuracy, fake_accuracy } = means;
        let line = format!("{epoch},{d_loss:.6},{g_loss:.6},{real_accuracy:.4},{fake_accuracy:.4},{seconds:.3}\n");
        append(&self.path, &line).with_context(|| format!("{} could not be written", self.path.display()))
    }
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    OpenOptions::new().append(true).open(path)?.write_all(line.as_bytes())
}

/// The header and the whole lines of epochs up to `epochs`.
fn kept(old: &str, epochs: u32) -> String {
    let epoch = |line: &str| line.split(',').next().and_then(|epoch| epoch.parse::<u32>().ok());
    let whole = old.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let lines = whole.filter(|line| epoch(line).is_some_and(|epoch| epoch <= epochs));
    std::iter::once(HEADER).chain(std::iter::once("\n")).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resuming_drops_lines_after_the_checkpoint_and_half_a_line() {
        let old = format!("{HEADER}\n1,1.0,1.0,0.5,0.5,1.0\n2,1.0,1.0,0.5,0.5,1.0\n3,1.0,1.0,0.5,0.5,1.0\n4,1.");
        assert_eq!(kept(&old, 2).lines().count(), 3);
        assert_eq!(kept(&old, 9).lines().count(), 4);
        assert_eq!(kept("", 9), format!("{HEADER}\n"));
    }

    #[test]
    fn means_are_over_steps_and_accuracies_over_images() {
        let mut sums = Sums::default();
        sums.add(&Report { d_loss: 1.0, g_loss: 2.0, real_right: 10, fake_right: 0 }, 20, 40);
        sums.add(&Report { d_loss: 3.0, g_loss: 2.0, real_right: 4, fake_right: 20 }, 8, 40);
        let means = sums.means();
        assert_eq!((means.d_loss, means.g_loss, means.real_accuracy, means.fake_accuracy), (2.0, 2.0, 0.5, 0.25));
    }
}
