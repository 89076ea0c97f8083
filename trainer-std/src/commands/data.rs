//! `pocketgan data`: shows images as a training will see them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::PIXELS;

use crate::data::preparation::Preparation;
use crate::data::{self, Dataset, Labels};
use crate::output::destination::check_spares;
use crate::output::files::write_whole;
use crate::output::pictures::grid_png;
use crate::output::printable::{escaped, shortened};
use crate::output::terminal;

/// Pictures on the sheet, and in a row of it.
const SHOWN: usize = 64;
const COLUMNS: usize = 8;
/// Pixels of the sheet for one of a picture.
const SCALE: usize = 3;
/// Characters of the longest bar, and of a name beside it.
const BAR: usize = 40;
const NAME: usize = 20;
/// Pixels of this brightness are ink.
const INK: u8 = 128;

/// Show images as the training will see them: what was found, how bright they are, and how many each class has.
///
/// With --out, a sheet shows 64 of them, spread over all, and below them the mean of all and of each class. The options
/// are those of `train`; evaluations and exports take them from the run or the model.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan data letters --out sheet.png\n  \
    pocketgan data photos --fit whole --invert no --out sheet.png\n  \
    pocketgan data train.csv")]
pub(crate) struct DataArguments {
    /// A folder of pictures (one folder for each class), a zip archive of them, .npz, .npy, .csv, or MNIST's files and those
    /// of its relatives
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) preparation: Preparation,
    /// The sheet to write
    #[arg(long, value_name = "FILE.png")]
    pub(crate) out: Option<PathBuf>,
}

pub(crate) fn data(arguments: &DataArguments) -> Result<()> {
    arguments.out.as_deref().map_or(Ok(()), |out| check_spares(&arguments.path, out))?;
    let dataset = data::load_quietly(Some(&arguments.path), arguments.preparation)?;
    let reference = dataset.reference();
    let labels = reference.as_ref().map_err(|error| format!("{error:#}"));
    let labels = labels.and_then(|reference| reference.labels().map_err(|missing| missing.to_string()));
    if let Some(out) = &arguments.out {
        write_sheet(out, &dataset, labels.as_ref().ok().copied())?;
    }
    terminal::print(describe(&dataset, labels)?)
}

/// What the images are, with their classes, or why there are none.
fn describe(dataset: &Dataset, labels: Result<&Labels, String>) -> Result<String> {
    let images = dataset.images.pictures();
    let mut text = escaped(&dataset.description) + "\n";
    writeln!(text, "{} images of 28x28 pixels to train on", images.len())?;
    let pixels = || images.as_flattened().iter();
    let total = pixels().count() as f64;
    let mean = pixels().map(|&pixel| u64::from(pixel)).sum::<u64>() as f64 / total;
    let ink = pixels().filter(|&&pixel| pixel >= INK).count() as f64 / total;
    writeln!(text, "mean brightness {mean:.1} of 255; {:.1} % of the pixels are light", 100.0 * ink)?;
    match labels {
        Ok(labels) => write_histogram(&mut text, labels)?,
        Err(missing) => writeln!(text, "no classes: {}", escaped(&missing))?,
    }
    Ok(text)
}

/// How many images each class has.
fn write_histogram(text: &mut String, Labels { training, test, classes }: &Labels) -> std::fmt::Result {
    let counts = |labels: &[u8]| {
        let mut counts = vec![0_usize; classes.count()];
        labels.iter().for_each(|&class| counts[usize::from(class)] += 1);
        counts
    };
    let (training, test) = (counts(training), counts(test));
    let most = training.iter().copied().max().unwrap_or(0).max(1);
    writeln!(text, "\n{:<NAME$} {:>8} {:>8}", "class", "training", "test")?;
    for (class, (count, test)) in training.iter().zip(test).enumerate() {
        let (name, bar) = (shortened(&classes.name(class), NAME), "#".repeat((count * BAR).div_ceil(most)));
        writeln!(text, "{name:<NAME$} {count:>8} {test:>8} {bar}")?;
    }
    Ok(())
}

/// Writes 64 images, spread over all, and below them the means.
fn write_sheet(out: &Path, dataset: &Dataset, labels: Option<&Labels>) -> Result<()> {
    let images = dataset.images.pictures();
    let shown = images.len().min(SHOWN);
    let mut sheet: Vec<Picture> = (0..shown).map(|i| images[i * images.len() / shown]).collect();
    // The means begin a row.
    sheet.resize(shown.next_multiple_of(COLUMNS), [0; PIXELS]);
    sheet.push(mean(images.iter()));
    if let Some(Labels { training, classes, .. }) = labels {
        let of = |class: usize| images.iter().zip(training).filter(move |&(_, &label)| usize::from(label) == class);
        sheet.extend((0..classes.count()).map(|class| mean(of(class).map(|(image, _)| image))));
    }
    write_whole(out, &grid_png(&sheet, COLUMNS, SCALE))
}

/// The mean of images; black if there are none.
fn mean<'a>(images: impl Iterator<Item = &'a Picture>) -> Picture {
    let (mut sums, mut count) = ([0_u64; PIXELS], 0);
    for image in images {
        sums.iter_mut().zip(image).for_each(|(sum, &pixel)| *sum += u64::from(pixel));
        count += 1;
    }
    sums.map(|sum| sum.checked_div(count).unwrap_or(0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_that_of_each_pixel() {
        let images = [[10; PIXELS], [20; PIXELS]];
        assert_eq!((mean(images.iter()), mean([].iter())), ([15; PIXELS], [0; PIXELS]));
    }
}
