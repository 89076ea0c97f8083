//! The model that a console draws from.

use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{DigitSeeds, IntegerGenerator, Model, ModelError};
use pocketgan_core::infer::picture::Picture;

use crate::message::{Memory, ModelSummary};

/// A validated integer model. Float models are rejected: the code for them does not fit the flash of such devices.
pub(crate) struct ActiveModel<'f> {
    generator: IntegerGenerator<'f>,
    digits: DigitSeeds<'f>,
    summary: ModelSummary,
}

impl<'f> ActiveModel<'f> {
    /// Validates a model file that is stored in `memory`.
    pub(crate) fn parse(file: &'f [u8], memory: Memory) -> Result<Self, ModelError> {
        let model = Model::parse(file)?;
        let generator = model.integers()?.clone();
        Ok(Self { generator, digits: model.digits(), summary: ModelSummary::of(&model, memory) })
    }

    pub(crate) fn summary(&self) -> &ModelSummary {
        &self.summary
    }

    pub(crate) fn digits(&self) -> &DigitSeeds<'f> {
        &self.digits
    }

    /// Draws a picture and calls `after_step` after the latent was read and after each layer.
    // Not inlined, so that all callers share one copy of the drawing code.
    #[inline(never)]
    pub(crate) fn draw(&self, latent: &Latent, picture: &mut Picture, after_step: &mut dyn FnMut()) {
        self.generator.draw_in_steps(latent, picture, |_| after_step());
    }
}
