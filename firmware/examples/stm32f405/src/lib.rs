//! The part that is the same whatever the display: the model in flash, and the tour through its digits.
#![no_std]

use embedded_graphics_core::{draw_target::DrawTarget, pixelcolor::Gray8};
// What a panic does: nothing more happens. There is none in drawing.
use panic_halt as _;
use pocketgan_core::include_model;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{IntegerGenerator, ModelError};
use pocketgan_core::recipe::PIXELS;
use pocketgan_display::{
    scene::Scene,
    tour::{Stop, Tour},
};

static FILE: &[u8] = include_model!("../../../models/mnist-int8.pgan");

/// The generator, its weights in flash.
///
/// # Errors
/// What is wrong with the file.
pub fn generator() -> Result<IntegerGenerator<'static>, ModelError> {
    IntegerGenerator::parse(FILE)
}

/// Shows digit after digit, each turning into the next, as long as the display does its part. `finish` is called after
/// each picture: a display that collects what is drawn wants to be flushed.
///
/// # Errors
/// The display's.
pub fn show<D>(
    generator: &IntegerGenerator,
    scene: &mut Scene<D>,
    mut finish: impl FnMut(&mut D) -> Result<(), D::Error>,
) -> Result<(), D::Error>
where
    D: DrawTarget,
    D::Color: From<Gray8>,
{
    let mut picture = [0; PIXELS];
    for stop in Tour::from(0) {
        if let Stop::Digit(seed) = stop {
            for (index, next) in (0..scene.layout().small_count()).zip(1..) {
                generator.draw(&Latent::of_picture(seed.wrapping_add(next)), &mut picture);
                scene.small(index, &picture)?;
            }
        }
        generator.draw(&stop.latent(), &mut picture);
        scene.large(&picture)?;
        finish(scene.display())?;
    }
    Ok(())
}
