//! The page that shows a run: one file beside those that it shows, for any browser, with no script.

use std::path::Path;

use anyhow::Result;
use pocketgan_core::infer::model::Kind;
use serde_json::Value;

use super::history::History;
use crate::output::files::write_whole;
use crate::output::html::escaped;
use crate::output::shell::quoted;
use crate::training::config::Config;
use crate::training::run_folder::RunFolder;

const STYLE: &str = include_str!("page.css");

/// A column of the metrics, its name for people, and how its numbers are written.
type Figure = (&'static str, &'static str, fn(f64) -> String);

const LAST_EPOCH: &[Figure] = &[
    ("d_loss", "loss of the discriminator, nats", three),
    ("g_loss", "loss of the generator, nats", three),
    ("real_accuracy", "discriminator accuracy on real images", percent),
    ("fake_accuracy", "discriminator accuracy on drawn images", percent),
    ("seconds", "seconds", three),
];

const EVALUATION: &[Figure] = &[
    ("frechet_distance", "Fréchet distance of the features, smaller is better", two),
    ("classifier_score", "classifier score, 1 to 10", two),
    ("precision", "precision: pictures that look real", percent),
    ("recall", "recall: real images that could have been drawn", percent),
    ("rarest_share", "share of the rarest digit", percent),
    ("divergence", "divergence of the digits from equal shares, nats", three),
    ("nearest_median", "distance to the nearest training image, median", two),
    ("nearest_percentile_1", "the same, 1st percentile", two),
];

fn two(value: f64) -> String {
    format!("{value:.2}")
}

fn three(value: f64) -> String {
    format!("{value:.3}")
}

fn percent(value: f64) -> String {
    format!("{:.1} %", 100.0 * value)
}

/// Writes the page of the run in `folder` after `epoch` epochs. It links to what is there.
pub(super) fn write(
    folder: &RunFolder,
    config: &Config,
    epoch: u32,
    history: &History,
    floor: Option<&History>,
) -> Result<()> {
    let page = Page { folder, epoch, config, history, floor };
    let name = folder.path().file_name().unwrap_or(folder.path().as_os_str()).to_string_lossy();
    let body = [
        format!("<h1>{}</h1>\n<p>{}</p>\n", escaped(&name), page.state()),
        page.drawing(),
        page.now(),
        page.figures(),
        page.curves(),
        page.pictures(),
        section("Going on", &page.commands()),
        section("Configuration", &config_table(&config.to_json()?)),
        section("Files", &page.files()),
    ];
    write_whole(&folder.page(), whole(&name, &body.concat()).as_bytes())
}

/// The HTML document.
fn whole(name: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
        <title>{} - pocketgan</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escaped(name)
    )
}

/// What there is to say of a run.
struct Page<'a> {
    folder: &'a RunFolder,
    epoch: u32,
    config: &'a Config,
    history: &'a History,
    floor: Option<&'a History>,
}

impl Page<'_> {
    fn state(&self) -> String {
        let sum = |column: &str| self.history.series(column).iter().map(|(_, seconds)| seconds).sum::<f64>();
        let minutes = (sum("seconds") + sum("evaluation_seconds")) / 60.0;
        format!(
            "epoch {} of {}, {minutes:.1} minutes of training and evaluation",
            self.epoch, self.config.recipe.epochs
        )
    }

    /// The way to the page that draws from the run's model, if it is there.
    fn drawing(&self) -> String {
        let path = self.folder.model_page();
        if !path.exists() {
            return String::new();
        }
        format!(
            "<p><a class=\"draw\" href=\"{}\">Write and draw with the model of this run</a></p>\n",
            self.link(&path)
        )
    }

    /// The animation, and the grid after the last epoch if it was kept.
    fn now(&self) -> String {
        let grid = self.folder.sample_grid(self.epoch);
        let images = self.image(&self.folder.animation(), "64 digits, epoch by epoch", "")
            + &self.image(&grid, &format!("64 digits after epoch {}", self.epoch), "");
        if images.is_empty() {
            return images;
        }
        section("The same 64 latents, epoch by epoch and now", &format!("<div class=\"now\">\n{images}</div>\n"))
    }

    fn curves(&self) -> String {
        let losses = self.image(&self.folder.losses(), "Losses and accuracy over the epochs", " class=\"curves\"");
        let quality = self.image(&self.folder.quality(), "Figures of quality over the epochs", " class=\"curves\"");
        section("Curves", &(losses + &quality))
    }

    /// An image, if its file is there.
    fn image(&self, path: &Path, alternative: &str, attributes: &str) -> String {
        if !path.exists() {
            return String::new();
        }
        format!("<img src=\"{}\" alt=\"{alternative}\"{attributes}>\n", self.link(path))
    }

    /// A path from the page to a file in its folder, whose name this program has chosen: nothing to escape.
    fn link(&self, path: &Path) -> String {
        let inside = path.strip_prefix(self.folder.path()).unwrap_or(path);
        inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    fn figures(&self) -> String {
        let last = table(&[&format!("epoch {}", self.epoch)], LAST_EPOCH, |column, _| self.history.last(column));
        section("Figures", &(last + &self.evaluation()))
    }

    /// The last evaluation and the best one, beside what real images reach.
    fn evaluation(&self) -> String {
        let distances = self.history.series("frechet_distance");
        let Some(&(last, _)) = distances.last() else { return "<p>There was no evaluation yet.</p>\n".into() };
        let best = distances.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(last, |&(epoch, _)| epoch);
        let heads = [format!("epoch {last}"), format!("best, epoch {best}"), "real images".to_owned()];
        let figure = |column: &str, place: usize| match place {
            0 => self.history.after(last, column),
            1 => self.history.after(best, column),
            _ => self.floor.and_then(|floor| floor.last(column)),
        };
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        let known = if self.floor.is_some() { 3 } else { 2 };
        table(&heads[..known], EVALUATION, figure)
    }

    /// The grids that are there, the newest first.
    fn pictures(&self) -> String {
        let kept = (1..=self.epoch).rev().filter(|&epoch| self.folder.sample_grid(epoch).exists());
        let figure = |epoch| {
            let link = self.link(&self.folder.sample_grid(epoch));
            let image = format!("<img src=\"{link}\" loading=\"lazy\" alt=\"64 digits after epoch {epoch}\">");
            format!("<figure><figcaption>epoch {epoch}</figcaption><a href=\"{link}\">{image}</a></figure>\n")
        };
        let figures: String = kept.map(figure).collect();
        section("Pictures", &format!("<div class=\"pictures\">\n{figures}</div>\n"))
    }

    /// What can be typed next.
    fn commands(&self) -> String {
        let run = quoted(self.folder.path());
        let mut lines = Vec::new();
        if self.epoch < self.config.recipe.epochs {
            lines.push(format!("pocketgan train --resume {run}"));
        } else if !self.config.recipe.lr_decay {
            lines.push(format!("pocketgan train --resume {run} --epochs {}", 2 * self.epoch));
        }
        lines.push(format!("pocketgan export {run} --precision int8 --out digits.pgan"));
        let model = self.folder.model(Kind::Int8);
        if model.exists() {
            let model = quoted(&model);
            lines.push(format!("pocketgan sample {model} --count 64 --out digits.png"));
            lines.push(format!("pocketgan sample {model} --morph 67..69 --out walk.gif"));
            let data = self.config.data().map_or(String::new(), |data| format!(" --data {}", quoted(data)));
            lines.push(format!("pocketgan eval {model}{data}"));
        }
        format!("<pre>{}</pre>\n", escaped(&lines.join("\n")))
    }

    fn files(&self) -> String {
        let models = [Kind::F32, Kind::Int8].map(|kind| self.folder.model(kind));
        let all = models.into_iter().chain([self.folder.metrics(), self.folder.config()]);
        let item = |path: &Path| format!("<li><a href=\"{0}\">{0}</a></li>\n", self.link(path));
        let items: String = all.filter(|path| path.exists()).map(|path| item(&path)).collect();
        format!("<ul>\n{items}</ul>\n")
    }
}

fn section(title: &str, content: &str) -> String {
    format!("<section>\n<h2>{title}</h2>\n{content}</section>\n")
}

/// Figures below each other, in columns named by `heads`: `figure` gives that of a column of the metrics and a place
/// among `heads`.
fn table(heads: &[&str], figures: &[Figure], figure: impl Fn(&str, usize) -> Option<f64>) -> String {
    let row = |(column, name, written): &Figure| {
        let cells = (0..heads.len()).map(|place| figure(column, place).map_or("-".into(), written));
        format!(
            "<tr><th scope=\"row\">{name}</th>{}</tr>\n",
            cells.map(|cell| format!("<td>{cell}</td>")).collect::<String>()
        )
    };
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    let rows: String = figures.iter().map(row).collect();
    format!("<div class=\"wide\"><table>\n<tr><th></th>{heads}</tr>\n{rows}</table></div>\n")
}

/// Everything that the run was asked for.
fn config_table(config: &Value) -> String {
    let row = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(name), escaped(&value))
    };
    let rows: String = config.as_object().into_iter().flatten().map(row).collect();
    format!("<div class=\"wide\"><table class=\"config\">\n{rows}</table></div>\n")
}

#[cfg(test)]
mod tests;
