//! `metrics.csv`: a line an epoch.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use pocketgan_core::train::gan::StepMetrics;
use serde::{Deserialize, Serialize};

use crate::output::files::write_whole;
use crate::training::quality::Measured;

pub(crate) const HEADER: &str = "epoch,d_loss,g_loss,real_accuracy,fake_accuracy,seconds,\
    frechet_distance,classifier_score,precision,recall,rarest_share,divergence,nearest_median,nearest_percentile_1,\
    evaluation_seconds";

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
    pub(crate) fn add(&mut self, report: &StepMetrics, reals: usize, fakes: usize) {
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

    pub(crate) fn append(&self, epoch: u32, means: &Means, seconds: f64, measured: Option<&Measured>) -> Result<()> {
        let Means { d_loss, g_loss, real_accuracy, fake_accuracy } = means;
        let losses = format!("{epoch},{d_loss:.6},{g_loss:.6},{real_accuracy:.4},{fake_accuracy:.4},{seconds:.3}");
        let line = format!("{losses},{}\n", measured.map_or(",".repeat(FIGURES - 1), figures));
        append(&self.path, &line).with_context(|| format!("{} could not be written", self.path.display()))
    }
}

/// Writes what real images reach into a table of its own, in the columns that evaluations have.
pub(crate) fn write_real(path: &Path, measured: &Measured) -> Result<()> {
    let header: Vec<&str> = HEADER.split(',').rev().take(FIGURES).collect();
    let header: Vec<&str> = header.into_iter().rev().collect();
    write_whole(path, format!("{}\n{}\n", header.join(","), figures(measured)).as_bytes())
}

/// Columns behind the seconds, empty in an epoch after which there was no evaluation.
const FIGURES: usize = 9;

fn figures(measured: &Measured) -> String {
    let Measured { figures: of, seconds } = measured;
    format!(
        "{:.3},{:.4},{:.4},{:.4},{:.4},{:.5},{:.4},{:.4},{seconds:.3}",
        of.frechet_distance,
        of.classifier_score,
        of.precision,
        of.recall,
        of.digits.rarest_share,
        of.digits.divergence,
        of.nearest.median,
        of.nearest.percentile_1
    )
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
    use crate::evaluation::evaluator::QualityMetrics;

    #[test]
    fn resuming_drops_lines_after_the_checkpoint_and_half_a_line() {
        let old = format!("{HEADER}\n1,1.0,1.0,0.5,0.5,1.0\n2,1.0,1.0,0.5,0.5,1.0\n3,1.0,1.0,0.5,0.5,1.0\n4,1.");
        assert_eq!(kept(&old, 2).lines().count(), 3);
        assert_eq!(kept(&old, 9).lines().count(), 4);
        assert_eq!(kept("", 9), format!("{HEADER}\n"));
    }

    #[test]
    fn every_line_has_the_columns_of_the_header_with_figures_or_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let metrics = Metrics::open(path.clone(), 0).unwrap();
        let measured = Measured { figures: QualityMetrics::example(), seconds: 3.5 };
        metrics.append(1, &Sums::default().means(), 1.0, None).unwrap();
        metrics.append(2, &Sums::default().means(), 1.0, Some(&measured)).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{text}");
        let column = |name: &str| rows[0].iter().position(|&column| column == name).unwrap();
        assert_eq!((rows[1][column("recall")], rows[2][column("recall")]), ("", "0.4000"));
        assert_eq!((rows[2][column("frechet_distance")], rows[2][column("evaluation_seconds")]), ("12.500", "3.500"));
    }

    #[test]
    fn real_images_have_the_figures_of_an_evaluation_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("real.csv");
        write_real(&path, &Measured { figures: QualityMetrics::example(), seconds: 3.5 }).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.starts_with("frechet_distance,") && text.lines().next().unwrap().ends_with(",evaluation_seconds"));
        assert!(text.lines().nth(1).unwrap().starts_with("12.500,") && text.ends_with(",3.500\n"), "{text}");
    }

    #[test]
    fn means_are_over_steps_and_accuracies_over_images() {
        let mut sums = Sums::default();
        sums.add(&StepMetrics { d_loss: 1.0, g_loss: 2.0, real_right: 10, fake_right: 0 }, 20, 40);
        sums.add(&StepMetrics { d_loss: 3.0, g_loss: 2.0, real_right: 4, fake_right: 20 }, 8, 40);
        let means = sums.means();
        assert_eq!((means.d_loss, means.g_loss, means.real_accuracy, means.fake_accuracy), (2.0, 2.0, 0.5, 0.25));
    }
}
