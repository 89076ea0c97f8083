//! The training options that determine the resulting networks, each declared once.
//!
//! A [`Recipe`] is what is given on the command line, what a run uses, and what `config.json`, checkpoints and the metadata
//! of models store. A new option is a field with its help text, a value in [`Recipe::PLAIN`], a check in
//! [`Recipe::validate`], and its use.

use anyhow::{Result, ensure};
use clap::Args;
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::recipe::{BATCH, EPOCHS, LEARNING_RATE, REAL_LABEL, UPDATES_PER_BATCH};
use pocketgan_core::train::optimiser::Adam;
use serde::{Deserialize, Serialize};

use crate::data::preparation::{Fit, Invert, MAX_COPIES, Preparation};

/// Largest batch; its workspace takes 80 MB.
const MAX_BATCH: usize = 4096;
/// Most updates per batch of real images.
const MAX_UPDATES: u32 = 1000;

/// The options of a training. A missing field of a stored recipe has its value in [`Recipe::PLAIN`].
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[group(skip)]
#[serde(default)]
pub(crate) struct Recipe {
    /// Number of epochs; with --resume, a new total for the run
    #[arg(long, value_name = "N")]
    pub(crate) epochs: u32,
    /// Images per step
    #[arg(long, value_name = "N")]
    pub(crate) batch: usize,
    /// Learning rate of the generator (Adam)
    #[arg(long = "lr-g", value_name = "RATE")]
    pub(crate) learning_rate_g: f32,
    /// Learning rate of the discriminator (RMSprop, or Adam with --beta2-d)
    #[arg(long = "lr-d", value_name = "RATE")]
    pub(crate) learning_rate_d: f32,
    /// Adam's beta1 of the generator, the decay rate of its average gradient
    #[arg(long = "beta1-g", value_name = "BETA1")]
    pub(crate) beta1_g: f32,
    /// Optimise the discriminator by Adam without momentum (beta1 0) and with this beta2; 0 for RMSprop
    #[arg(long = "beta2-d", value_name = "BETA2")]
    pub(crate) beta2_d: f32,
    /// Decay both learning rates linearly to 0 at the end of the last epoch
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub(crate) lr_decay: bool,
    /// Updates of both networks per batch of real images, each with new latents
    #[arg(long = "k", value_name = "K")]
    pub(crate) updates_per_batch: u32,
    /// Seed of initial weights, latents and shuffling; equal seeds give bit-identical networks
    #[arg(long, value_name = "SEED")]
    pub(crate) seed: u64,
    /// Decay rate of an exponential moving average of the generator's weights, from which samples and models are made; 0
    /// disables it
    #[arg(long, value_name = "BETA")]
    pub(crate) ema: f32,
    /// Losses of both networks
    #[arg(long, value_name = "NAME", value_enum)]
    pub(crate) loss: Loss,
    /// Weight of the R1 penalty (gamma/2 times the mean squared L2 norm of the discriminator's gradient at real images);
    /// 0 disables it
    #[arg(long = "r1", value_name = "GAMMA")]
    pub(crate) gradient_penalty: f32,
    /// Weight of the R2 penalty, the same at generated images; 0 disables it
    #[arg(long = "r2", value_name = "GAMMA")]
    pub(crate) gradient_penalty_on_fakes: f32,
    /// Let the discriminator also see the differences of neighbouring pixels
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub(crate) differences: bool,
    /// The discriminator's layers
    #[arg(long, value_name = "NAME", value_enum)]
    pub(crate) discriminator: DiscriminatorName,
    /// After this epoch, train with the weights of the generator's last layer rounded to 4 bits, which makes mixed and int4
    /// models better; 0 for never
    #[arg(long, value_name = "EPOCH")]
    pub(crate) four_bits_after: u32,
    /// Precision of the matrix products; see docs/performance.md [default: f32; with --recipe best
    /// bf16 on processors that multiply it faster]
    #[arg(long, value_name = "NAME", value_enum)]
    #[serde(skip_serializing_if = "Precision::is_f32")]
    pub(crate) precision: Precision,
    /// How pictures of any size are brought to 28x28 pixels [default: auto]
    #[arg(long, value_name = "HOW", value_enum)]
    #[serde(skip_serializing_if = "Fit::is_auto")]
    pub(crate) fit: Fit,
    /// Whether dark and light are exchanged, as they must be where content is dark on light [default: auto]
    #[arg(long, value_name = "WHETHER", value_enum)]
    #[serde(skip_serializing_if = "Invert::is_auto")]
    pub(crate) invert: Invert,
    /// Train on N versions of each picture, all but the first shifted, turned and scaled a little [default: of fewer than
    /// 5,000 pictures as many as give 20,000 images; MNIST's format: 1]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) augment: Option<u16>,
    /// The discriminator's target for real images (one-sided label smoothing); not an option.
    #[arg(skip = REAL_LABEL)]
    pub(crate) real_label: f32,
}

/// The losses of both networks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Loss {
    /// Cross-entropy of each logit, and a non-saturating generator
    CrossEntropy,
    /// Relativistic pairing: softplus of the difference between the logits of a fake and of a real image
    Relativistic,
}

/// A discriminator.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DiscriminatorName {
    /// The tutorial's: 784-128-128-128-1
    Narrow,
    /// With a wider first layer: 784-384-128-128-1; an epoch takes about twice as long
    Wide,
}

/// What the operands of products are rounded to, and how those are summed. Sums, weights, moments and losses are in f32 with
/// all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Precision {
    /// Single precision, nothing is rounded
    F32,
    /// bfloat16, with the same bits on every machine; faster where the processor has AVX512-BF16
    Bf16,
    /// bfloat16, summed in the order of AMX, with the same bits on every machine; faster where the processor has AMX
    Bf16Amx,
}

impl Precision {
    /// The one in which this machine trains fastest to pictures as good as those of f32.
    pub(crate) fn fastest() -> Self {
        if Isa::best().gains_from_pairs() { Self::Bf16 } else { Self::F32 }
    }

    /// Its name in tables and files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Bf16Amx => "bf16-amx",
        }
    }

    /// Models of trainings in f32 do not state it, as those of before there was a choice.
    fn is_f32(&self) -> bool {
        *self == Self::F32
    }
}

impl Recipe {
    /// The tutorial's recipe.
    pub(crate) const PLAIN: Self = Self {
        epochs: EPOCHS,
        batch: BATCH,
        learning_rate_g: LEARNING_RATE,
        learning_rate_d: LEARNING_RATE,
        beta1_g: Adam::BETA1,
        beta2_d: 0.0,
        lr_decay: false,
        updates_per_batch: UPDATES_PER_BATCH,
        seed: 0,
        ema: 0.0,
        loss: Loss::CrossEntropy,
        gradient_penalty: 0.0,
        gradient_penalty_on_fakes: 0.0,
        differences: false,
        discriminator: DiscriminatorName::Narrow,
        four_bits_after: 0,
        precision: Precision::F32,
        fit: Fit::Auto,
        invert: Invert::Auto,
        augment: None,
        real_label: REAL_LABEL,
    };

    /// The recipe with the best samples, in the precision that is fastest here; docs/ablation.md and docs/quality.md have
    /// the measurements.
    pub(crate) fn best() -> Self {
        Self { precision: Precision::fastest(), ..Self::BEST_IN_F32 }
    }

    const BEST_IN_F32: Self = Self {
        epochs: 132,
        learning_rate_g: 1e-3,
        learning_rate_d: 1e-3,
        beta1_g: 0.5,
        beta2_d: 0.99,
        ema: 0.9998,
        gradient_penalty: 1.0,
        gradient_penalty_on_fakes: 1.0,
        differences: true,
        discriminator: DiscriminatorName::Wide,
        four_bits_after: 100,
        ..Self::PLAIN
    };

    /// Checks every value, wherever the recipe comes from.
    ///
    /// # Errors
    /// If a value is out of range; the message names the option.
    pub(crate) fn validate(&self) -> Result<()> {
        let &Self { epochs, batch, learning_rate_g, learning_rate_d, updates_per_batch, ema, .. } = self;
        let &Self { beta1_g, beta2_d, gradient_penalty, gradient_penalty_on_fakes, real_label, .. } = self;
        let &Self {
            lr_decay: _,
            seed: _,
            loss: _,
            differences: _,
            discriminator: _,
            four_bits_after: _,
            precision: _,
            fit: _,
            invert: _,
            ..
        } = self;
        let augment = self.augment;
        ensure!(epochs > 0, "--epochs 0: must be at least 1");
        ensure!((1..=MAX_BATCH).contains(&batch), "--batch {batch}: must be from 1 to {MAX_BATCH}");
        for (option, rate) in [("--lr-g", learning_rate_g), ("--lr-d", learning_rate_d)] {
            ensure!(rate.is_finite() && rate > 0.0, "{option} {rate}: must be a positive number");
        }
        let k = updates_per_batch;
        ensure!((1..=MAX_UPDATES).contains(&k), "--k {k}: must be from 1 to {MAX_UPDATES}");
        ensure!((0.0..1.0).contains(&ema), "--ema {ema}: must be at least 0 and below 1, such as 0.999");
        ensure!((0.0..1.0).contains(&beta1_g), "--beta1-g {beta1_g}: must be at least 0 and below 1, such as 0.5");
        ensure!((0.0..1.0).contains(&beta2_d), "--beta2-d {beta2_d}: must be at least 0 and below 1, such as 0.99");
        for (option, gamma) in [("--r1", gradient_penalty), ("--r2", gradient_penalty_on_fakes)] {
            let valid = gamma.is_finite() && gamma >= 0.0;
            ensure!(valid, "{option} {gamma}: must be a finite number of at least 0, such as 10");
        }
        let copies = augment.unwrap_or(1);
        ensure!((1..=MAX_COPIES).contains(&copies), "--augment {copies}: must be from 1 to {MAX_COPIES}");
        ensure!(real_label > 0.0 && real_label <= 1.0, "real_label {real_label}: must be above 0 and at most 1");
        Ok(())
    }

    /// How pictures become images to train on.
    pub(crate) fn preparation(&self) -> Preparation {
        Preparation { fit: self.fit, invert: self.invert, augment: self.augment }
    }

    /// Whether steps of epoch number `epoch`, counted from 0, have the generator's last layer in 4 bits.
    pub(crate) fn has_four_bits(&self, epoch: u32) -> bool {
        self.four_bits_after > 0 && epoch >= self.four_bits_after
    }

    /// Whether a training that began with `self` can go on with `other`: only the number of epochs may differ, and only
    /// if no learning rate depends on it.
    pub(crate) fn can_continue_as(&self, other: &Self) -> bool {
        let same_epochs = Self { epochs: self.epochs, ..other.clone() };
        *self == same_epochs && (self.epochs == other.epochs || !self.lr_decay)
    }

    /// The factor of both learning rates after `steps` of `steps_per_epoch`.
    pub(crate) fn learning_rate_factor(&self, steps: u64, steps_per_epoch: u64) -> f32 {
        if !self.lr_decay {
            return 1.0;
        }
        let total = u64::from(self.epochs) * steps_per_epoch;
        (total.saturating_sub(steps) as f64 / total as f64) as f32
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Self::PLAIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::recipe;

    #[test]
    fn the_plain_recipe_is_that_of_the_core() {
        assert_eq!((Recipe::PLAIN.epochs, Recipe::PLAIN.batch), (300, 256));
        assert_eq!((Recipe::PLAIN.learning_rate_g, Recipe::PLAIN.real_label), (2e-4, recipe::REAL_LABEL));
        assert!(Recipe::PLAIN.validate().is_ok() && Recipe::best().validate().is_ok());
    }

    #[test]
    fn a_value_out_of_range_is_rejected_with_the_name_of_its_option() {
        let plain = || Recipe::PLAIN;
        for (name, recipe) in [
            ("--epochs 0", Recipe { epochs: 0, ..plain() }),
            ("--batch 0", Recipe { batch: 0, ..plain() }),
            ("--batch 5000", Recipe { batch: 5000, ..plain() }),
            ("--k 0", Recipe { updates_per_batch: 0, ..plain() }),
            ("--lr-g 0", Recipe { learning_rate_g: 0.0, ..plain() }),
            ("--lr-d inf", Recipe { learning_rate_d: f32::INFINITY, ..plain() }),
            ("--ema 1.5", Recipe { ema: 1.5, ..plain() }),
            ("--ema NaN", Recipe { ema: f32::NAN, ..plain() }),
            ("--beta1-g 1", Recipe { beta1_g: 1.0, ..plain() }),
            ("--beta2-d 1", Recipe { beta2_d: 1.0, ..plain() }),
            ("--r1 -1", Recipe { gradient_penalty: -1.0, ..plain() }),
            ("--r2 NaN", Recipe { gradient_penalty_on_fakes: f32::NAN, ..plain() }),
            ("--augment 0", Recipe { augment: Some(0), ..plain() }),
            ("real_label -7", Recipe { real_label: -7.0, ..plain() }),
        ] {
            let message = recipe.validate().unwrap_err().to_string();
            assert!(message.starts_with(name), "{message}");
        }
    }

    #[test]
    fn learning_rates_decay_linearly_to_zero_or_not_at_all() {
        let factors = |recipe: Recipe| [0, 12, 24].map(|steps| recipe.learning_rate_factor(steps, 8));
        let decay = Recipe { epochs: 3, lr_decay: true, ..Recipe::PLAIN };
        assert_eq!(factors(decay.clone()), [1.0, 0.5, 0.0]);
        assert_eq!(factors(Recipe { lr_decay: false, ..decay }), [1.0; 3]);
    }

    #[test]
    fn only_the_number_of_epochs_can_change_and_only_without_decay() {
        let begun = Recipe::PLAIN;
        assert!(begun.can_continue_as(&Recipe { epochs: 400, ..begun.clone() }));
        assert!(!begun.can_continue_as(&Recipe { seed: 1, ..begun.clone() }));
        let decaying = Recipe { lr_decay: true, ..begun };
        assert!(!decaying.can_continue_as(&Recipe { epochs: 400, ..decaying.clone() }));
    }

    #[test]
    fn a_stored_recipe_is_read_back_to_the_bit_and_a_missing_option_has_its_plain_value() {
        let recipe = Recipe { learning_rate_g: std::f32::consts::PI * 1e-4, seed: u64::MAX, ..Recipe::best() };
        let json = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<Recipe>(&json).unwrap(), recipe);
        let prepared = Recipe { fit: Fit::Whole, invert: Invert::No, augment: Some(7), ..Recipe::PLAIN };
        assert_eq!(serde_json::from_str::<Recipe>(&serde_json::to_string(&prepared).unwrap()).unwrap(), prepared);
        assert!(!json.contains("fit") && !json.contains("invert") && !json.contains("augment"), "{json}");
        assert_eq!(serde_json::from_str::<Recipe>("{\"seed\": 3}").unwrap(), Recipe { seed: 3, ..Recipe::PLAIN });
    }
}
