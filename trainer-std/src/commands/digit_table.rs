//! The table of digits in a model file, and `pocketgan digits`, which makes one for a file that is there already.

use std::path::Path;

use anyhow::{Context, Result};
use pocketgan_core::infer::model::DigitSeeds;

use crate::cli::DigitsArguments;
use crate::commands::inspect::seeds_of_digits;
use crate::data;
use crate::evaluation::classifier::Classifier;
use crate::export::digit_seeds::find_digit_seeds;
use crate::export::metadata::trained_on;
use crate::export::model_file::ModelFile;
use crate::output::files::write_whole;
use crate::training::config;
use crate::training::threads::Threads;

pub(crate) fn digits(typed: &DigitsArguments) -> Result<()> {
    let path = &typed.model;
    let file = ModelFile::read(path)?;
    let model = file.model().with_context(|| format!("{} cannot be drawn from", path.display()))?;
    let threads = Threads::start(config::threads(typed.threads)?)?;
    let images = typed.data.as_deref();
    let dataset = match trained_on(&model) {
        Some(sha256) => data::load_same(images, &sha256)?,
        None => data::load(images)?,
    };
    let classifier = Classifier::of(&dataset, &dataset.reference()?, &threads)?;
    let made = threads.enter(|| file_with_digits(&file, &classifier))?;
    let out = typed.out.as_ref().unwrap_or(path);
    write_whole(out, &made)?;
    say(out, &ModelFile::new(&made))
}

/// The classifier of the images with this checksum: those at `data`, or where images are looked for unless told.
///
/// # Errors
/// If they are not to be had, or their labels or test images are not.
pub(crate) fn classifier_of(sha256: &[u8; 32], data: Option<&Path>, threads: &Threads) -> Result<Classifier> {
    let dataset = data::load_same(data, sha256)?;
    Classifier::of(&dataset, &dataset.reference()?, threads)
}

/// `file` with the seeds by which its model draws digits that `classifier` does not doubt. Uses the threads of the pool
/// it is called in; the bytes do not depend on them.
pub(crate) fn file_with_digits(file: &ModelFile, classifier: &Classifier) -> Result<Vec<u8>> {
    file.with_digits(&find_digit_seeds(&file.model()?, classifier))
}

/// Prints which model file was written, and its seeds for digits if it has some.
pub(crate) fn say(path: &Path, file: &ModelFile) -> Result<()> {
    let model = file.model()?;
    match model.digits() {
        DigitSeeds::NONE => println!("{}", path.display()),
        digits => println!("{}, seeds for digits: {}", path.display(), seeds_of_digits(&digits)),
    }
    Ok(())
}
