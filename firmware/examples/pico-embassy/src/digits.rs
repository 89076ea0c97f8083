//! All that concerns pocketgan: the model in flash, and pictures of chosen digits.

use embedded_graphics_core::{draw_target::DrawTarget, geometry::Point, pixelcolor::BinaryColor};
use pocketgan_core::include_model;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{DigitSeeds, IntegerGenerator, ModelError};
use pocketgan_core::infer::picture::Picture;
use pocketgan_display::digit::{self, Placement};

static FILE: &[u8] = include_model!("../../../models/mnist-int8.pgan");

/// A generator, and its seeds of chosen digits. Both stay in flash.
pub(crate) struct Digits {
    generator: IntegerGenerator<'static>,
    seeds: DigitSeeds<'static>,
}

impl Digits {
    /// Validates the model.
    pub(crate) fn open() -> Result<Self, ModelError> {
        IntegerGenerator::parse_with_digits(FILE).map(|(generator, seeds)| Self { generator, seeds })
    }

    /// A picture of `digit`; the model has sixteen variants of each.
    pub(crate) fn picture(&self, digit: u8, variant: u32) -> Picture {
        let mut picture = [0; 784];
        let seed = self.seeds.seed(digit, variant).unwrap_or(variant);
        self.generator.draw(&Latent::of_picture(seed), &mut picture);
        picture
    }
}

/// Draws a picture in the middle of a display of 128x64.
pub(crate) fn show<D: DrawTarget<Color = BinaryColor>>(picture: &Picture, display: &mut D) {
    // The buffer of a display cannot fail.
    let _ = digit::draw(display, picture, Placement { top_left: Point::new(36, 4), scale: 2 });
}
