//! What the recipes that have a name set, wherever no option says otherwise.

use pocketgan_core::recipe::LEARNING_RATE;

use crate::cli::RecipeName;

/// What [`RecipeName`] decides.
pub(crate) struct Settings {
    pub(crate) learning_rate_g: f32,
    pub(crate) learning_rate_d: f32,
    /// Weight of the penalty on the discriminator's gradient at real images; 0 for none.
    pub(crate) gradient_penalty: f32,
    /// Of the average of the generator's weights; 0 for none.
    pub(crate) ema: f32,
    pub(crate) lr_decay: bool,
    /// Whether models are exported from the best checkpoint instead of the last.
    pub(crate) best: bool,
}

impl RecipeName {
    pub(crate) const fn settings(self) -> Settings {
        match self {
            Self::Plain => Settings {
                learning_rate_g: LEARNING_RATE,
                learning_rate_d: LEARNING_RATE,
                gradient_penalty: 0.0,
                ema: 0.0,
                lr_decay: false,
                best: false,
            },
            Self::Best => Settings {
                learning_rate_g: 5e-4,
                learning_rate_d: 5e-4,
                gradient_penalty: 100.0,
                ema: 0.999,
                lr_decay: true,
                best: true,
            },
        }
    }
}
