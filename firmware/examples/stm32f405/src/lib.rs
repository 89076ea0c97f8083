//! What both programs share: the model in flash.
#![no_std]

// A panic halts the program.
use panic_halt as _;
use pocketgan_core::include_model;
use pocketgan_core::infer::model::{IntegerGenerator, ModelError};

static FILE: &[u8] = include_model!("../../../models/mnist-int8.pgan");

/// The generator, with its weights in flash.
///
/// # Errors
/// What is wrong with the file.
pub fn generator() -> Result<IntegerGenerator<'static>, ModelError> {
    IntegerGenerator::parse(FILE)
}
