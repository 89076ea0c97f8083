//! What an evaluation found, for people and for machines.

use std::fmt;

use serde::Serialize;

use super::judge::Figures;
use super::manifold::NEIGHBOURS;
use super::nearest::LOOKED_AT;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Version of the program.
    pub(super) program: &'static str,
    pub(super) model: String,
    pub(super) kind: String,
    /// The model's CRC-32.
    pub(super) checksum: String,
    /// Pictures measured: those of the seeds from 0 on.
    pub(super) count: u32,
    pub(super) test_images: usize,
    /// The share of test images that the classifier tells right.
    pub(super) classifier_accuracy: f64,
    pub(super) generated: Figures,
    /// The same figures of as many training images.
    pub(super) real: Figures,
    /// What the model's figures took.
    pub(super) seconds: f64,
}

/// A line of the table.
type Line = (String, fn(&Figures) -> String);

impl Report {
    fn lines() -> [Line; 8] {
        [
            ("Fréchet distance (smaller is better)".into(), |of| format!("{:.2}", of.frechet_distance)),
            ("classifier score (1 to 10)".into(), |of| format!("{:.3}", of.classifier_score)),
            (format!("precision, k = {NEIGHBOURS}"), |of| format!("{:.3}", of.precision)),
            (format!("recall, k = {NEIGHBOURS}"), |of| format!("{:.3}", of.recall)),
            ("rarest digit and its share".into(), |of| {
                format!("{}: {:.1} %", of.digits.rarest, 100.0 * of.digits.rarest_share)
            }),
            ("divergence of digits from even, nats".into(), |of| format!("{:.4}", of.digits.divergence)),
            (format!("nearest training image, median of {LOOKED_AT}"), |of| format!("{:.2}", of.nearest.median)),
            ("nearest training image, 1st percentile".into(), |of| format!("{:.2}", of.nearest.percentile_1)),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, kind, count, test_images, generated, real, .. } = self;
        writeln!(f, "{model} ({kind}), CRC-32 {}", self.checksum)?;
        writeln!(
            f,
            "{count} pictures, seeds from 0 on, and as many training images, against {test_images} test images"
        )?;
        writeln!(f, "judged by a classifier that tells {:.2} % of these right\n", 100.0 * self.classifier_accuracy)?;
        writeln!(f, "{:<44} {:>10} {:>10}", "", "drawn", "real")?;
        for (name, of) in Self::lines() {
            writeln!(f, "{name:<44} {:>10} {:>10}", of(generated), of(real))?;
        }
        writeln!(f, "\n{:<6} {}", "digit", row((0..10).map(|digit| digit.to_string())))?;
        for (name, of) in [("drawn", generated), ("real", real)] {
            writeln!(f, "{name:<6} {}", row(of.digits.shares.map(|share| format!("{:.1} %", 100.0 * share))))?;
        }
        writeln!(f, "\n{:.1} s for the pictures drawn", self.seconds)
    }
}

fn row(cells: impl IntoIterator<Item = String>) -> String {
    cells.into_iter().map(|cell| format!("{cell:>7}")).collect()
}
