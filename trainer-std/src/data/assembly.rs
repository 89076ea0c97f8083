//! A set of images from what was found: prepared, checked, split into training and test images, and described.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use pocketgan_core::infer::picture::Picture;

use super::classes::Classes;
use super::dataset::{Dataset, Rest};
use super::formats::{Found, MOST, Part, Pictures, Unusable};
use super::idx::Images;
use super::labels::Labels;
use super::names;
use super::preparation::augmentation::{augmented, copies_of};
use super::preparation::plan::SAMPLE;
use super::preparation::{GreyImage, Plan, Preparation};
use super::reference::{NoLabels, Reference};
use crate::output::printable::shortened;
use crate::output::terminal;

/// With at least so many images, some are kept for tests.
const ENOUGH_TO_KEEP_SOME: usize = 1000;
/// One in this many of each class.
const KEPT: usize = 10;
/// Fewer images than this teach a generator little but themselves.
const VERY_FEW: usize = 200;
/// Pictures that are read at a time.
const PIECE: usize = 512;
/// Unusable pictures that a message names.
const NAMED: usize = 3;
/// Characters of the classes' names in a line.
const SHOWN: usize = 60;

/// The set of images at `path`. What was left out, and that there are few, is said on standard error.
///
/// # Errors
/// If more than one in ten pictures cannot be used, or there is not enough memory.
pub(super) fn assemble(path: &Path, found: Found, preparation: Preparation) -> Result<Dataset> {
    let Found { what, training, test, names, mut remarks, beside } = found;
    let sample = sample(&training.pictures);
    let plan = Plan::of(preparation, &sample);
    let size = size(&sample);
    let training = Prepared::of(path, training, plan, &mut remarks)?;
    let test = test.map(|test| Prepared::of(path, test, plan, &mut remarks)).transpose()?;
    let names = match (names, beside) {
        (None, Some(beside)) => names::beside(&beside)?,
        (names, _) => names,
    };
    let (all, count) = (training.pictures.len(), test.as_ref().map_or(0, |test| test.pictures.len()));
    let (training, test, tested) = match test {
        Some(test) => (training, test, format!("{count} others to test with")),
        None if all >= ENOUGH_TO_KEEP_SOME => {
            let (training, test) = training.split();
            let count = test.pictures.len();
            (training, test, format!("{count} of them to test with"))
        }
        None => (training.clone(), training, "all of them also to test with".to_owned()),
    };
    let copies = preparation.augment.unwrap_or_else(|| copies_of(training.pictures.len()));
    check_copies(training.pictures.len(), copies)?;
    let labels = labels(&training, &test, copies, names);
    if all < VERY_FEW {
        remarks.push(format!(
            "warning: only {all} pictures: the generator will mostly repeat them; it takes {VERY_FEW} for some variety, and \
             thousands for good pictures"
        ));
    }
    let mut description = format!("{}: {what}, {all} of {size}", path.display());
    description += &labels.as_ref().map_or(", without labels".into(), |labels| described(&labels.classes));
    description += &format!("; {plan}; {tested}");
    if copies > 1 {
        description += &format!("; each trained on in {copies} versions");
    }
    remarks.iter().for_each(terminal::remark);
    let images = Images::of(&augmented(&training.pictures, copies))?;
    let reference = Reference::new(Images::of(&test.pictures)?, labels.map(Arc::new));
    Ok(Dataset { path: path.into(), images, rest: Rest::Read(reference), copies: copies.into(), description })
}

/// # Errors
/// If `copies` versions of each of `count` images are more than are held in memory.
fn check_copies(count: usize, copies: u16) -> Result<()> {
    let most = (MOST / count.max(1)).max(1);
    ensure!(
        usize::from(copies) <= most,
        "--augment {copies}: {count} images in as many versions are more than the {MOST} that are held in memory; at most {most} \
         of each are possible"
    );
    Ok(())
}

/// Pictures spread over all of them. Unusable ones are reported when all are read.
fn sample(pictures: &Pictures) -> Vec<GreyImage> {
    let count = pictures.count();
    let sampled = count.min(SAMPLE);
    let indices: Vec<usize> = (0..sampled).map(|i| i * count / sampled).collect();
    pictures.read(&indices, |image| image).into_iter().flatten().collect()
}

/// The size of pictures in words.
fn size(sample: &[GreyImage]) -> String {
    let sizes = || sample.iter().map(|image| (image.width, image.height));
    match (sizes().min(), sizes().max()) {
        (Some(least), Some(most)) if least == most => format!("{}x{} pixels", least.0, least.1),
        (Some(least), Some(most)) => {
            format!("different sizes ({}x{} to {}x{})", least.0, least.1, most.0, most.1)
        }
        _ => "no size".to_owned(),
    }
}

fn described(classes: &Classes) -> String {
    let names: Vec<String> = (0..classes.count()).map(|class| classes.name(class)).collect();
    format!(", {} {} ({})", classes.count(), classes.noun()[1], shortened(&names.join(", "), SHOWN))
}

fn labels(training: &Prepared, test: &Prepared, copies: u16, names: Option<Vec<String>>) -> Result<Labels, NoLabels> {
    let (Some(of_training), Some(of_test)) = (&training.labels, &test.labels) else {
        return Err(NoLabels::because(
            "the pictures have no labels: there is no folder for each class, or no such column",
        ));
    };
    let names = names.map(Classes::named).transpose().map_err(|error| NoLabels::because(&format!("{error:#}")))?;
    let labels = Labels::of(of_training, of_test, names).map(|labels| labels.repeated(copies));
    labels.map_err(|(part, error)| NoLabels::because(&format!("the labels of {part} images cannot be used: {error}")))
}

/// Images as training sees them.
#[derive(Clone)]
struct Prepared {
    pictures: Vec<Picture>,
    labels: Option<Vec<i32>>,
}

impl Prepared {
    /// Reads and prepares all pictures. Those that cannot be used are left out, which `remarks` say.
    fn of(path: &Path, Part { pictures, labels }: Part, plan: Plan, remarks: &mut Vec<String>) -> Result<Self> {
        let count = pictures.count();
        let mut prepared = Self { pictures: Vec::with_capacity(count), labels: labels.as_ref().map(|_| Vec::new()) };
        let (mut unusable, mut first) = (0, Vec::new());
        for start in (0..count).step_by(PIECE) {
            let indices: Vec<usize> = (start..count.min(start + PIECE)).collect();
            let read = pictures.read(&indices, |image| plan.prepare(image));
            for (index, picture) in indices.into_iter().zip(read) {
                match picture {
                    Ok(picture) => prepared.add(picture, labels.as_ref().map(|labels| labels[index])),
                    Err(problem) => {
                        unusable += 1;
                        first.extend((first.len() < NAMED).then_some(problem));
                    }
                }
            }
        }
        let sentence = || format!("{unusable} of {count} pictures cannot be used: {}", listed(&first, unusable));
        ensure!(unusable * 10 <= count && unusable < count, "{}: {}", path.display(), sentence());
        if unusable > 0 {
            remarks.push(format!("{}; they are left out", sentence()));
        }
        if let Pictures::Files(files) = &pictures
            && files.animated() > 0
        {
            remarks.push("some pictures are animated: the first frame of each is taken".to_owned());
        }
        Ok(prepared)
    }

    fn add(&mut self, picture: Picture, label: Option<i32>) {
        self.pictures.push(picture);
        if let (Some(labels), Some(label)) = (&mut self.labels, label) {
            labels.push(label);
        }
    }

    /// Training images, and one in ten of each class for tests.
    fn split(self) -> (Self, Self) {
        let empty = || Self { pictures: Vec::new(), labels: self.labels.as_ref().map(|_| Vec::new()) };
        let (mut training, mut test) = (empty(), empty());
        let mut seen = std::collections::BTreeMap::new();
        for (index, picture) in self.pictures.iter().enumerate() {
            let label = self.labels.as_ref().map(|labels| labels[index]);
            let of_class: &mut usize = seen.entry(label).or_default();
            *of_class += 1;
            let part = if of_class.is_multiple_of(KEPT) { &mut test } else { &mut training };
            part.add(*picture, label);
        }
        (training, test)
    }
}

fn listed(first: &[Unusable], count: usize) -> String {
    let sentences: Vec<String> = first.iter().map(|of| format!("{}: {}", of.path.display(), of.reason)).collect();
    let more = if count > first.len() { format!("; and {} more", count - first.len()) } else { String::new() };
    sentences.join("; ") + &more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_images_is_possible_in_one_version_and_few_in_many() {
        for (count, copies, possible) in
            [(MOST + 1, 1, true), (MOST + 1, 2, false), (MOST / 4, 4, true), (MOST / 4, 5, false)]
        {
            assert_eq!(check_copies(count, copies).is_ok(), possible, "{count} images, {copies} versions");
        }
        assert!(check_copies(0, 1000).is_ok());
    }
}
