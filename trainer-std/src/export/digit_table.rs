//! The table of digits in a model file.

use std::path::Path;

use anyhow::Result;
use pocketgan_core::infer::model::DigitSeeds;

use crate::evaluation::classifier::Classifier;
use crate::export::digit_seeds::find_digit_seeds;
use crate::export::model_file::ModelFile;
use crate::output::printable::printable;

/// `file` with the seeds by which its model draws digits that `classifier` does not doubt. Uses the threads of the pool
/// it is called in; the bytes do not depend on them.
pub(crate) fn file_with_digits(file: &ModelFile, classifier: &Classifier) -> Result<Vec<u8>> {
    file.with_digits(&find_digit_seeds(&file.model()?, classifier))
}

/// A line that names the model file that was written, and its seeds for digits if it has some.
pub(crate) fn written(path: &Path, file: &ModelFile) -> Result<String> {
    Ok(match file.model()?.digits() {
        DigitSeeds::NONE => path.display().to_string(),
        digits if digits.is_named() => format!("{}, seeds for classes: {digits}", path.display()),
        digits => format!("{}, seeds for digits: {digits}", path.display()),
    })
}

/// What to call a class of a model.
pub(crate) fn class_name(digits: &DigitSeeds<'_>, class: u8) -> String {
    digits.name(class).map_or_else(|| class.to_string(), printable)
}
