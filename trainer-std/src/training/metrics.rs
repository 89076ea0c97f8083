//! `metrics.csv`, a line per epoch, and `real.csv`, the quality metrics of real images.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::evaluation::evaluator::QualityMetrics;
use crate::output::files::write_whole;
use crate::training::sums::Means;
use crate::training::table;

pub(crate) const HEADER: &str = "epoch,d_loss,g_loss,real_accuracy,fake_accuracy,seconds,\
    frechet_distance,classifier_score,precision,recall,rarest_share,divergence,nearest_median,nearest_percentile_1,\
    evaluation_seconds";
/// The number of columns after `seconds`. They are empty for an epoch without an evaluation.
const EVALUATION_COLUMNS: usize = 9;

/// The result of an evaluation.
pub(crate) struct Evaluation {
    pub(crate) metrics: QualityMetrics,
    /// The time it took.
    pub(crate) seconds: f64,
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let QualityMetrics { frechet_distance, precision, recall, .. } = &self.metrics;
        write!(f, "Fréchet distance {frechet_distance:.2}, precision {precision:.3}, recall {recall:.3}")?;
        write!(f, " ({:.1} s)", self.seconds)
    }
}

/// The file `metrics.csv`.
pub(crate) struct Metrics {
    path: PathBuf,
    /// The content that the file had after the last line was written.
    text: String,
}

impl Metrics {
    /// Opens the file with the lines of the first `epochs` epochs. It may have more, since a run that was killed may have
    /// gone on after the checkpoint it resumes from.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub(crate) fn open(path: PathBuf, epochs: u32) -> Result<Self> {
        let text = first_epochs(&table::read(&path, HEADER)?, epochs);
        write_whole(&path, text.as_bytes())?;
        Ok(Self { path, text })
    }

    /// Appends the line of `epoch`. If another program has changed the file, it is set aside and written again.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn append(
        &mut self,
        epoch: u32,
        means: &Means,
        seconds: f64,
        evaluation: Option<&Evaluation>,
    ) -> Result<()> {
        let Means { d_loss, g_loss, real_accuracy, fake_accuracy } = means;
        let line = format!("{epoch},{d_loss:.6},{g_loss:.6},{real_accuracy:.4},{fake_accuracy:.4},{seconds:.3}");
        let line = format!("{line},{}\n", evaluation.map_or(",".repeat(EVALUATION_COLUMNS - 1), columns));
        self.append_line(&line).with_context(|| format!("{} could not be written", self.path.display()))
    }

    fn append_line(&mut self, line: &str) -> Result<()> {
        let is_ours = table::is(&self.path, &self.text)?;
        if !is_ours && self.path.exists() {
            table::set_aside(&self.path, "while the training ran")?;
        }
        self.text.push_str(line);
        match is_ours {
            true => Ok(OpenOptions::new().append(true).open(&self.path)?.write_all(line.as_bytes())?),
            false => write_whole(&self.path, self.text.as_bytes()),
        }
    }
}

/// Whether `real.csv` is at `path`. If another program has changed it, it is set aside.
///
/// # Errors
/// If it cannot be read or renamed.
pub(crate) fn has_real(path: &Path) -> Result<bool> {
    Ok(!table::read(path, &real_header())?.is_empty())
}

/// Writes the quality metrics of real images to `path`, in the columns of `metrics.csv`.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn write_real(path: &Path, evaluation: &Evaluation) -> Result<()> {
    write_whole(path, format!("{}\n{}\n", real_header(), columns(evaluation)).as_bytes())
}

fn real_header() -> String {
    let header: Vec<&str> = HEADER.split(',').collect();
    header[header.len() - EVALUATION_COLUMNS..].join(",")
}

fn columns(evaluation: &Evaluation) -> String {
    let Evaluation { metrics, seconds } = evaluation;
    format!(
        "{:.3},{:.4},{:.4},{:.4},{:.4},{:.5},{:.4},{:.4},{seconds:.3}",
        metrics.frechet_distance,
        metrics.classifier_score,
        metrics.precision,
        metrics.recall,
        metrics.digits.rarest_share,
        metrics.digits.divergence,
        metrics.nearest.median,
        metrics.nearest.percentile_1
    )
}

/// The header, and the lines of `text` up to that of epoch `epochs`.
fn first_epochs(text: &str, epochs: u32) -> String {
    let epoch = |line: &str| line.split(',').next().and_then(|epoch| epoch.parse::<u32>().ok());
    let lines = text.split_inclusive('\n').filter(|line| epoch(line).is_some_and(|epoch| epoch <= epochs));
    [HEADER, "\n"].into_iter().chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::sums::Sums;
    use std::fs;

    fn evaluation() -> Evaluation {
        Evaluation { metrics: QualityMetrics::example(), seconds: 3.5 }
    }

    /// A folder for a table, and its path there.
    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        (folder, path)
    }

    fn append(metrics: &mut Metrics, epoch: u32) {
        metrics.append(epoch, &Sums::default().means(), 1.0, None).unwrap();
    }

    fn lines(path: &Path) -> usize {
        fs::read_to_string(path).unwrap().lines().count()
    }

    #[test]
    fn resuming_drops_the_lines_after_the_checkpoint() {
        let (_folder, path) = place();
        let mut metrics = Metrics::open(path.clone(), 0).unwrap();
        (1..=3).for_each(|epoch| append(&mut metrics, epoch));
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"4,1.").unwrap();
        drop(Metrics::open(path.clone(), 2).unwrap());
        assert_eq!(lines(&path), 3);
        append(&mut Metrics::open(path.clone(), 9).unwrap(), 3);
        assert_eq!(lines(&path), 4);
    }

    #[test]
    fn a_table_that_is_changed_during_the_training_loses_no_line() {
        let (folder, path) = place();
        let mut metrics = Metrics::open(path.clone(), 0).unwrap();
        append(&mut metrics, 1);
        fs::write(&path, fs::read_to_string(&path).unwrap().replace(',', ";")).unwrap();
        append(&mut metrics, 2);
        fs::remove_file(&path).unwrap();
        append(&mut metrics, 3);
        append(&mut metrics, 4);
        assert_eq!(lines(&path), 5);
        assert_eq!(lines(&folder.path().join("metrics-changed-1.csv")), 2);
    }

    #[test]
    fn every_line_has_the_columns_of_the_header_with_an_evaluation_or_without() {
        let (_folder, path) = place();
        let mut metrics = Metrics::open(path.clone(), 0).unwrap();
        append(&mut metrics, 1);
        metrics.append(2, &Sums::default().means(), 1.0, Some(&evaluation())).unwrap();
        let text = fs::read_to_string(path).unwrap();
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{text}");
        let column = |name: &str| rows[0].iter().position(|&column| column == name).unwrap();
        assert_eq!((rows[1][column("recall")], rows[2][column("recall")]), ("", "0.4000"));
        assert_eq!((rows[2][column("frechet_distance")], rows[2][column("evaluation_seconds")]), ("12.500", "3.500"));
    }

    #[test]
    fn real_images_have_the_columns_of_an_evaluation_and_no_other() {
        let (_folder, path) = place();
        assert!(!has_real(&path).unwrap());
        write_real(&path, &evaluation()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("frechet_distance,") && text.lines().next().unwrap().ends_with(",evaluation_seconds"));
        assert!(text.lines().nth(1).unwrap().starts_with("12.500,") && text.ends_with(",3.500\n"), "{text}");
        assert!(has_real(&path).unwrap());
        fs::write(&path, text.replace('\n', "\r\n")).unwrap();
        assert!(!has_real(&path).unwrap() && !path.exists());
    }
}
