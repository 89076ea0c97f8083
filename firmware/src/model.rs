//! The trained generator, in flash.

use core::hint::black_box;
use pocketgan_core::model::{Int8Generator, Model, ModelError};

/// The file as the trainer exported it, chosen by board in boards/table.rs, where it can be read in place: aligned as its format asks.
static FILE: &Aligned<[u8]> = &Aligned(*include_bytes!(env!("POCKETGAN_MODEL")));

#[repr(C, align(16))]
struct Aligned<T: ?Sized>(T);

/// The model. Its weights stay in flash; what is given here are the places of its layers.
///
/// # Errors
/// What is wrong with the file, if it is damaged.
pub fn model() -> Result<Model<'static>, ModelError> {
    // Without the black box the compiler reads the constant file and checks parts of it at build time, so damage to those
    // bytes in flash would go unseen.
    Model::parse(black_box(&FILE.0))
}

/// The model's generator.
///
/// # Errors
/// Those of [`model`], and if the file is of another kind than int8.
pub fn generator() -> Result<Int8Generator<'static>, ModelError> {
    model()?.int8().cloned()
}
