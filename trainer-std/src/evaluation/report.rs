//! The result of `pocketgan eval`: a table for people, and JSON.

use std::fmt;

use serde::Serialize;

use super::evaluator::QualityMetrics;
use super::nearest::COMPARED;
use super::precision_recall::NEIGHBOURS;

/// Metrics of a model's pictures, and those of real images for comparison.
#[derive(Debug, Serialize)]
pub(crate) struct EvaluationReport {
    /// Version of the program.
    pub(crate) program: &'static str,
    /// Path of the model file.
    pub(crate) model: String,
    pub(crate) kind: String,
    /// The model file's CRC-32.
    pub(crate) checksum: String,
    /// Number of pictures: those of seeds 0 to `count` - 1.
    pub(crate) count: u32,
    pub(crate) test_images: usize,
    /// The classifier's accuracy on the test images; null if it is that of MNIST, because these images have no labels.
    pub(crate) classifier_accuracy: Option<f64>,
    pub(crate) generated: QualityMetrics,
    /// The same metrics of as many training images.
    pub(crate) real: QualityMetrics,
    /// Time for drawing and evaluating the model's pictures.
    pub(crate) seconds: f64,
}

/// A row of the table: its name, and its cell for some metrics.
type Row = (String, fn(&QualityMetrics) -> String);

impl EvaluationReport {
    fn rows() -> [Row; 8] {
        [
            ("Fréchet distance (smaller is better)".into(), |of| format!("{:.2}", of.frechet_distance)),
            ("classifier score (1 to 10)".into(), |of| format!("{:.3}", of.classifier_score)),
            (format!("precision, k = {NEIGHBOURS}"), |of| format!("{:.3}", of.precision)),
            (format!("recall, k = {NEIGHBOURS}"), |of| format!("{:.3}", of.recall)),
            ("rarest digit and its share".into(), |of| {
                format!("{}: {:.1} %", of.digits.rarest, 100.0 * of.digits.rarest_share)
            }),
            ("KL divergence of the digits from uniform, nats".into(), |of| format!("{:.4}", of.digits.divergence)),
            (format!("nearest training image, median of {COMPARED}"), |of| format!("{:.2}", of.nearest.median)),
            ("nearest training image, 1st percentile".into(), |of| format!("{:.2}", of.nearest.percentile_1)),
        ]
    }
}

impl fmt::Display for EvaluationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, kind, checksum, count, test_images, generated, real, .. } = self;
        writeln!(f, "{model} ({kind}), CRC-32 {checksum}")?;
        writeln!(
            f,
            "{count} generated pictures (seeds 0 to {}) and as many training images, compared with {test_images} test images",
            count - 1
        )?;
        match self.classifier_accuracy {
            Some(accuracy) => writeln!(f, "classifier: {:.2} % test accuracy\n", 100.0 * accuracy)?,
            None => writeln!(f, "classifier: that of MNIST, since these images have no labels\n")?,
        }
        writeln!(f, "{:<46} {:>10} {:>10}", "", "generated", "real")?;
        for (name, cell) in Self::rows() {
            writeln!(f, "{name:<46} {:>10} {:>10}", cell(generated), cell(real))?;
        }
        writeln!(f, "\n{:<9} {}", "digit", cells((0..10).map(|digit| digit.to_string())))?;
        for (name, of) in [("generated", generated), ("real", real)] {
            writeln!(f, "{name:<9} {}", cells(of.digits.shares.map(|share| format!("{:.1} %", 100.0 * share))))?;
        }
        writeln!(f, "\nevaluated in {:.1} s", self.seconds)
    }
}

fn cells(cells: impl IntoIterator<Item = String>) -> String {
    cells.into_iter().map(|cell| format!("{cell:>7}")).collect()
}
