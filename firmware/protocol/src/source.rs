//! What a console draws from.

use super::{Memory, ModelSummary};
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{DigitSeeds, IntegerGenerator, Model, ModelError};
use pocketgan_core::infer::picture::Picture;

/// A generator of integers in its place, and what there is to tell of it. Floats would need more code than such a device
/// has flash for.
pub(super) struct Source<'f> {
    generator: IntegerGenerator<'f>,
    digits: DigitSeeds<'f>,
    summary: ModelSummary,
}

impl<'f> Source<'f> {
    /// The source that a model file in `memory` is.
    pub(super) fn parse(file: &'f [u8], memory: Memory) -> Result<Self, ModelError> {
        let model = Model::parse(file)?;
        let generator = model.integers()?.clone();
        Ok(Self { generator, digits: model.digits(), summary: ModelSummary::of(&model, memory) })
    }

    pub(super) fn summary(&self) -> &ModelSummary {
        &self.summary
    }

    pub(super) fn digits(&self) -> &DigitSeeds<'f> {
        &self.digits
    }

    /// Draws, and tells `step` when the latent has entered and behind each layer.
    // One copy of the drawing code for everybody.
    #[inline(never)]
    pub(super) fn draw(&self, latent: &Latent, picture: &mut Picture, step: &mut dyn FnMut()) {
        self.generator.draw_in_steps(latent, picture, |_| step());
    }
}
