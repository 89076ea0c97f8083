//! What the recipes that have a name set, wherever no option says otherwise.

use clap::{Args, ValueEnum};
use pocketgan_core::recipe::{self, LEARNING_RATE};

/// What a run cannot change once it has begun.
#[derive(Args, Debug)]
#[group(id = "RecipeArguments", multiple = true)]
pub(crate) struct RecipeArguments {
    /// What holds where no other option says otherwise
    #[arg(long, value_name = "NAME", value_enum, default_value_t)]
    pub(crate) recipe: RecipeName,
    /// Images a step
    #[arg(long, value_name = "N", default_value_t = recipe::BATCH)]
    pub(crate) batch: usize,
    /// Learning rate of the generator (Adam) [default: as the recipe has it]
    #[arg(long, value_name = "RATE")]
    pub(crate) lr_g: Option<f32>,
    /// Learning rate of the discriminator (RMSprop) [default: as the recipe has it]
    #[arg(long, value_name = "RATE")]
    pub(crate) lr_d: Option<f32>,
    /// Updates per batch of real images, each with new noise
    #[arg(long, value_name = "K", default_value_t = recipe::UPDATES_PER_BATCH)]
    pub(crate) k: u32,
    /// Seed of weights, noise and order; the same seed gives the same networks to the bit
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Also keep an exponential moving average of the generator's weights, such as 0.999 of the old average a step, and
    /// make pictures and models of it; 0 for none [default: as the recipe has it]
    #[arg(long, value_name = "BETA")]
    pub(crate) ema: Option<f32>,
    /// Let both learning rates fall to 0 in a straight line until the last epoch [default: as the recipe has it]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) lr_decay: Option<bool>,
    /// Also ask the discriminator to be flat at real images: half of WEIGHT, such as 100, times the mean square of its
    /// gradient there is added to its loss (R1); 0 for nothing of the kind [default: as the recipe has it]
    #[arg(long, value_name = "WEIGHT")]
    pub(crate) r1: Option<f32>,
}

/// Settings that go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
pub(crate) enum RecipeName {
    /// The tutorial's, and nothing else
    #[default]
    Plain,
    /// What gives the best pictures, at no cost to the device: --r1 100 --ema 0.999 --lr-g 5e-4 --lr-d 5e-4 --lr-decay
    /// --best; docs/ablation.md has the measurements
    Best,
}

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
