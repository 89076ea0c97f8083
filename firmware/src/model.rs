//! The trained generator, in flash.

use core::hint::black_box;
use pocketgan_core::include_model;
use pocketgan_core::infer::model::{DigitSeeds, IntegerGenerator};

use crate::exit::Status;
use crate::report::report;

/// The model file that boards/table.rs chooses for the board.
static FILE: &[u8] = include_model!(env!("POCKETGAN_MODEL_FILE"));

/// The file's bytes.
pub fn file() -> &'static [u8] {
    // Without the black box the compiler reads the constant file and checks parts of it at build time, so damage to those
    // bytes in flash would go unseen.
    black_box(FILE)
}

/// The generator. Its weights stay in flash; what is given here are the places of its layers.
///
/// # Errors
/// [`Status::BadModel`] if the file is damaged or one of floats; then that was told.
pub fn generator() -> Result<IntegerGenerator<'static>, Status> {
    generator_with_digits().map(|(generator, _)| generator)
}

/// The generator, and the seeds by which it draws digits that are asked for.
///
/// # Errors
/// Those of [`generator`].
pub fn generator_with_digits() -> Result<(IntegerGenerator<'static>, DigitSeeds<'static>), Status> {
    IntegerGenerator::parse_with_digits(file()).map_err(|reason| {
        report(format_args!("the model in flash cannot be used: {reason}"));
        Status::BadModel
    })
}
