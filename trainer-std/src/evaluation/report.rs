//! The result of `pocketgan eval`: a table for people, and JSON.

use std::fmt;

use serde::Serialize;

use super::evaluator::QualityMetrics;
use super::nearest::{COMPARED, repeating};
use super::precision_recall::NEIGHBOURS;
use crate::output::printable::printable;

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
    /// The names of the classes, if they are not digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) class_names: Option<Vec<String>>,
    pub(crate) generated: QualityMetrics,
    /// The same metrics of as many training images.
    pub(crate) real: QualityMetrics,
    /// Time for drawing and evaluating the model's pictures.
    pub(crate) seconds: f64,
}

/// A row of the table: its name, and its cell for some metrics.
type Row = (String, fn(&EvaluationReport, &QualityMetrics) -> String);

impl EvaluationReport {
    /// What to call a class.
    fn name(&self, class: usize) -> String {
        let name = self.class_names.as_ref().and_then(|names| names.get(class));
        name.map_or_else(|| class.to_string(), |name| printable(name))
    }

    /// What classes are called, one and many.
    fn noun(&self) -> [&'static str; 2] {
        if self.class_names.is_none() { ["digit", "digits"] } else { ["class", "classes"] }
    }

    fn rows(&self) -> [Row; 8] {
        let [one, many] = self.noun();
        [
            ("Fréchet distance (smaller is better)".into(), |_, of| format!("{:.2}", of.frechet_distance)),
            (format!("classifier score (1 to {})", self.generated.digits.shares.len()), |_, of| {
                format!("{:.3}", of.classifier_score)
            }),
            (format!("precision, k = {NEIGHBOURS}"), |_, of| format!("{:.3}", of.precision)),
            (format!("recall, k = {NEIGHBOURS}"), |_, of| format!("{:.3}", of.recall)),
            (format!("rarest {one} and its share"), |report, of| {
                format!("{}: {:.1} %", report.name(of.digits.rarest), 100.0 * of.digits.rarest_share)
            }),
            (format!("KL divergence of the {many} from uniform, nats"), |_, of| format!("{:.4}", of.digits.divergence)),
            (format!("nearest training image, median of {COMPARED}"), |_, of| format!("{:.2}", of.nearest.median)),
            ("nearest training image, 1st percentile".into(), |_, of| format!("{:.2}", of.nearest.percentile_1)),
        ]
    }
}

impl EvaluationReport {
    /// The shares of the digits, side by side.
    fn write_digits(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.generated.digits.shares.len();
        writeln!(f, "\n{:<9} {}", "digit", cells((0..count).map(|digit| digit.to_string())))?;
        for (name, of) in [("generated", &self.generated), ("real", &self.real)] {
            writeln!(f, "{name:<9} {}", cells(of.digits.shares.iter().copied().map(percent)))?;
        }
        Ok(())
    }

    /// The shares of classes, a line each: names have any length.
    fn write_classes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:<46} {:>10} {:>10}", "share of each class", "generated", "real")?;
        let shares = self.generated.digits.shares.iter().zip(&self.real.digits.shares);
        for (class, (&generated, &real)) in shares.enumerate() {
            writeln!(f, "{:<46} {:>10} {:>10}", self.name(class), percent(generated), percent(real))?;
        }
        Ok(())
    }

    /// That the generator repeats its training images, if it does.
    fn warning(&self) -> Option<String> {
        self.generated
            .nearest
            .repeats(&self.real.nearest)
            .then(|| repeating(&self.generated.nearest, &self.real.nearest))
    }
}

/// At most six characters: ten after a heading have room on 80 columns.
fn percent(share: f64) -> String {
    let percent = format!("{:.1} %", 100.0 * share);
    if percent == "100.0 %" { "100 %".into() } else { percent }
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
        for (name, cell) in self.rows() {
            writeln!(f, "{name:<46} {:>10} {:>10}", cell(self, generated), cell(self, real))?;
        }
        match self.class_names {
            None => self.write_digits(f)?,
            Some(_) => self.write_classes(f)?,
        }
        if let Some(warning) = self.warning() {
            writeln!(f, "\n{warning}")?;
        }
        writeln!(f, "\nevaluated in {:.1} s", self.seconds)
    }
}

fn cells(cells: impl IntoIterator<Item = String>) -> String {
    cells.into_iter().map(|cell| format!("{cell:>7}")).collect()
}
