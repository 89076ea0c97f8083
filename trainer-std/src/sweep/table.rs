//! The table of a sweep: a line a setting, with mean and spread over its seeds.

use anyhow::{Result, ensure};

use super::figures::{Column, Figures, LOSSES, QUALITY, SECONDS, mean};
use super::run::{Run, State};

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Style {
    /// Columns aligned by spaces.
    Text,
    /// Markdown, with the options of each setting.
    Markdown,
}

/// What the runs of a sweep have measured.
pub(crate) struct Results {
    seeds: usize,
    settings: Vec<Row>,
    /// What is to be said of runs that are not finished.
    missing: Vec<String>,
    unfinished: Vec<String>,
    unusable: Vec<String>,
}

/// A setting.
struct Row {
    name: String,
    options: String,
    keeps_best: bool,
    epochs: u32,
    /// Those of its finished runs.
    figures: Vec<Figures>,
}

impl Results {
    pub(super) fn new(seeds: usize) -> Self {
        Self { seeds, settings: Vec::new(), missing: Vec::new(), unfinished: Vec::new(), unusable: Vec::new() }
    }

    /// Adds a setting with its runs, of which there is at least one.
    pub(super) fn add(&mut self, name: &str, options: &str, runs: &[Run]) {
        let mut row = Row {
            name: name.to_owned(),
            options: options.to_owned(),
            keeps_best: runs.iter().any(Run::keeps_best),
            epochs: runs.iter().map(Run::epochs).max().unwrap_or(0),
            figures: Vec::new(),
        };
        for run in runs {
            if let Err(error) = self.add_run(&mut row, run) {
                self.unusable.push(format!("{error:#}"));
            }
        }
        self.settings.push(row);
    }

    fn add_run(&mut self, row: &mut Row, run: &Run) -> Result<()> {
        match run.state()? {
            State::Missing => self.missing.push(run.name().to_owned()),
            State::Unfinished(epoch) => {
                self.unfinished.push(format!("{} (epoch {epoch} of {})", run.name(), run.epochs()));
            }
            State::Finished => row.figures.push(run.figures()?),
        }
        Ok(())
    }

    /// The table, and below it what one has to know to read it.
    pub(crate) fn text(&self, style: Style) -> String {
        let rows: Vec<Vec<String>> =
            std::iter::once(self.head()).chain(self.settings.iter().map(|row| self.row(row))).collect();
        let (table, notes) = match style {
            Style::Text => (aligned(&rows), self.notes().join("\n")),
            Style::Markdown => (self.markdown(rows), self.notes().join("\n\n")),
        };
        format!("{table}\n{notes}\n")
    }

    /// # Errors
    /// If the folder of a run has something else or cannot be read; the table is without it.
    pub(crate) fn check(&self) -> Result<()> {
        ensure!(self.unusable.is_empty(), "the table lacks what cannot be used: {}", self.unusable.join("; "));
        Ok(())
    }

    fn has_evaluations(&self) -> bool {
        self.figures().any(|figures| figures.evaluated.is_some())
    }

    /// Losses stand in for figures of quality.
    fn shows_losses(&self) -> bool {
        self.figures().any(|figures| figures.evaluated.is_none())
    }

    fn figures(&self) -> impl Iterator<Item = &Figures> {
        self.settings.iter().flat_map(|row| &row.figures)
    }

    fn head(&self) -> Vec<String> {
        let mut head = vec!["setting", "runs"];
        if self.has_evaluations() {
            head.push("evaluated");
            head.extend(QUALITY.iter().map(|column| column.heading));
        }
        if self.shows_losses() {
            head.extend(LOSSES.iter().map(|column| column.heading));
        }
        head.push(SECONDS.heading);
        head.into_iter().map(str::to_owned).collect()
    }

    fn row(&self, row: &Row) -> Vec<String> {
        let mut cells = vec![row.name.clone(), format!("{} of {}", row.figures.len(), self.seeds)];
        if self.has_evaluations() {
            cells.push(row.evaluated());
            cells.extend(QUALITY.iter().enumerate().map(|(i, column)| row.cell(column, |found| found.quality[i])));
        }
        if self.shows_losses() {
            cells.extend(LOSSES.iter().enumerate().map(|(i, column)| row.cell(column, |found| found.losses[i])));
        }
        cells.push(row.cell(&SECONDS, |found| found.seconds));
        cells
    }

    fn markdown(&self, rows: Vec<Vec<String>>) -> String {
        let options = self.settings.iter().map(|row| match row.options.as_str() {
            "" => String::new(),
            // A bar ends a cell even in code.
            options => format!("`{}`", options.replace('|', "\\|")),
        });
        let options = std::iter::once("options".to_owned()).chain(options);
        let rows = rows.into_iter().zip(options).map(|(mut row, options)| {
            row.insert(1, options);
            format!("| {} |\n", row.join(" | "))
        });
        let mut lines: Vec<String> = rows.collect();
        lines.insert(1, format!("|{}\n", "---|".repeat(lines[0].matches(" |").count())));
        lines.concat()
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.figures().next().is_some() {
            notes.push(
                "Mean ± standard deviation over the seeds of finished runs; s/epoch is without evaluations.".to_owned(),
            );
        }
        if self.settings.iter().any(|row| row.keeps_best && row.has_evaluation()) {
            notes.push("best: of the checkpoint with the smallest Fréchet distance, which --best exports.".to_owned());
        }
        let without = self.settings.iter().filter(|row| row.lacks_evaluation()).map(|row| row.name.as_str());
        let without: Vec<&str> = without.collect();
        if !without.is_empty() {
            notes.push(format!(
                "Without evaluations, so losses only: {}. Evaluations need test images beside the training \
                 images, and an --eval-every of at most --epochs.",
                without.join(", ")
            ));
        }
        notes.extend(list("Unfinished", &self.unfinished));
        notes.extend(list("Missing", &self.missing));
        notes
    }
}

impl Row {
    fn has_evaluation(&self) -> bool {
        self.figures.iter().any(|figures| figures.evaluated.is_some())
    }

    fn lacks_evaluation(&self) -> bool {
        self.figures.iter().any(|figures| figures.evaluated.is_none())
    }

    /// What was evaluated.
    fn evaluated(&self) -> String {
        let last = self.figures.iter().find_map(|figures| figures.evaluated);
        match last {
            None => "-".to_owned(),
            Some(_) if self.keeps_best => format!("best of {}", self.epochs),
            Some(epoch) => format!("epoch {epoch}"),
        }
    }

    /// Mean and spread of a figure.
    fn cell(&self, column: &Column, figure: impl Fn(&Figures) -> Option<f64>) -> String {
        spread(self.figures.iter().filter_map(figure).collect(), column.decimals)
    }
}

/// Mean and standard deviation of a sample; of a single value, that alone.
fn spread(values: Vec<f64>, decimals: usize) -> String {
    let Some(middle) = mean(values.clone()) else { return "-".to_owned() };
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    match values.len() {
        1 => format!("{middle:.decimals$}"),
        count => format!("{middle:.decimals$} ± {:.decimals$}", (squares / (count - 1) as f64).sqrt()),
    }
}

fn list(what: &str, runs: &[String]) -> Option<String> {
    (!runs.is_empty()).then(|| format!("{what}: {}.", runs.join(", ")))
}

/// The first column to the left, the others to the right, two spaces between them.
fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("  {cell:>width$}"),
        });
        cells.collect::<String>().trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(distance: Option<f64>, loss: f64) -> Figures {
        Figures {
            evaluated: distance.map(|_| 4),
            quality: [distance, distance.map(|_| 0.5), distance.map(|_| 0.25), distance.map(|_| 9.0)],
            losses: [Some(loss), Some(2.0)],
            seconds: Some(1.5),
        }
    }

    fn row(name: &str, keeps_best: bool, figures: Vec<Figures>) -> Row {
        Row { name: name.to_owned(), options: format!("--name {name}"), keeps_best, epochs: 5, figures }
    }

    fn results(settings: Vec<Row>) -> Results {
        Results { settings, ..Results::new(2) }
    }

    #[test]
    fn the_table_has_mean_and_standard_deviation_over_the_seeds() {
        let found = vec![figures(Some(3.0), 1.0), figures(Some(5.0), 1.0)];
        let text = results(vec![row("plain", false, found), row("best", true, vec![figures(Some(2.5), 1.0)])]);
        let expected = "\
setting    runs  evaluated  Fréchet distance      precision         recall  rarest digit, %      s/epoch
plain    2 of 2    epoch 4       4.00 ± 1.41  0.500 ± 0.000  0.250 ± 0.000        9.0 ± 0.0  1.50 ± 0.00
best     1 of 2  best of 5              2.50          0.500          0.250              9.0         1.50

Mean ± standard deviation over the seeds of finished runs; s/epoch is without evaluations.
best: of the checkpoint with the smallest Fréchet distance, which --best exports.
";
        assert_eq!(text.text(Style::Text), expected);
    }

    #[test]
    fn without_evaluations_the_table_has_losses_and_says_why() {
        let text = results(vec![row("plain", false, vec![figures(None, 1.25)])]).text(Style::Text);
        assert!(
            text.starts_with("setting    runs  D loss  G loss  s/epoch\nplain    1 of 2   1.250   2.000"),
            "{text}"
        );
        assert!(text.contains("Without evaluations, so losses only: plain."), "{text}");
        let some = vec![row("a", false, vec![figures(None, 1.25)]), row("b", true, vec![figures(Some(3.0), 1.0)])];
        let text = results(some).text(Style::Text);
        assert!(text.contains("Fréchet") && text.contains("D loss") && text.contains("only: a."), "{text}");
    }

    #[test]
    fn runs_that_are_not_finished_are_listed_and_have_no_figures() {
        let mut results = results(vec![row("plain", false, vec![])]);
        results.missing.push("plain-0".to_owned());
        results.unfinished.push("plain-1 (epoch 2 of 5)".to_owned());
        let text = results.text(Style::Text);
        let expected = "setting    runs  s/epoch\nplain    0 of 2        -\n\nUnfinished: plain-1 (epoch 2 of 5).\nMissing: plain-0.\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn markdown_has_the_options_of_each_setting() {
        let text = results(vec![row("a|b", false, vec![figures(Some(3.0), 1.0)])]).text(Style::Markdown);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("| setting | options | runs | evaluated | Fréchet distance |"), "{text}");
        assert_eq!(lines[1], "|---|---|---|---|---|---|---|---|---|");
        assert!(lines[2].contains(r"| `--name a\|b` | 1 of 2 | epoch 4 | 3.00 | 0.500 |"), "{text}");
    }
}
