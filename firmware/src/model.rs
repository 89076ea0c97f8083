//! The trained generator, in flash, or copied from there into RAM.

use core::hint::black_box;
#[cfg(not(model_in_ram))]
use pocketgan_core::include_model;
#[cfg(model_in_ram)]
use pocketgan_core::infer::model::Aligned;
use pocketgan_core::infer::model::{DigitSeeds, IntegerGenerator};

use crate::exit::Status;
use crate::report::report_error;

/// The model file that boards/table.rs chooses for the board.
#[cfg(not(model_in_ram))]
static FILE: &[u8] = include_model!(env!("POCKETGAN_MODEL_FILE"));

/// The same where flash is slow: among the variables with a first value, which cortex-m-rt copies from flash into RAM before
/// a program starts.
#[cfg(model_in_ram)]
#[unsafe(link_section = ".data.model")]
static COPIED: Aligned<[u8; include_bytes!(env!("POCKETGAN_MODEL_FILE")).len()]> =
    Aligned(*include_bytes!(env!("POCKETGAN_MODEL_FILE")));
#[cfg(model_in_ram)]
static FILE: &[u8] = &COPIED.0;

/// The file's bytes.
pub fn file() -> &'static [u8] {
    // Without the black box the compiler evaluates checks of the constant file, which then miss damage in flash.
    black_box(FILE)
}

/// The generator, with its weights where the file is.
///
/// # Errors
/// [`Status::BadModel`] if the file is damaged or has weights in floating point. The error has been reported.
pub fn generator() -> Result<IntegerGenerator<'static>, Status> {
    generator_with_digits().map(|(generator, _)| generator)
}

/// The generator, and the seeds with which it draws given digits.
///
/// # Errors
/// Those of [`generator`].
pub fn generator_with_digits() -> Result<(IntegerGenerator<'static>, DigitSeeds<'static>), Status> {
    IntegerGenerator::parse_with_digits(file()).map_err(|reason| {
        report_error(format_args!("the model in flash cannot be used: {reason}"));
        Status::BadModel
    })
}
