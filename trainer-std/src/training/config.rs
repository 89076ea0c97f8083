//! What a run is: validated once, saved beside the results as `config.json`, and read back to resume.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use pocketgan_core::recipe::{EPOCHS, REAL_LABEL};
use serde::{Deserialize, Serialize};

use crate::commands::train::TrainArguments;
use crate::data::hex;
use crate::output::files::write_whole;

/// Epochs from a checkpoint to the next, unless told.
const CHECKPOINT_EVERY: u32 = 10;
/// Epochs from an evaluation to the next, unless told.
const EVAL_EVERY: u32 = 50;
/// Largest batch: its memory is 80 MB.
const MAX_BATCH: usize = 4096;

/// What decides the bits of a training. Part of every checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recipe {
    pub(crate) seed: u64,
    pub(crate) batch: usize,
    pub(crate) learning_rate_g: f32,
    pub(crate) learning_rate_d: f32,
    pub(crate) updates_per_batch: u32,
    pub(crate) real_label: f32,
    /// Of the average of the generator's weights, if one is kept.
    pub(crate) ema: Option<f32>,
    /// The epochs over which both learning rates fall to 0, if they do.
    pub(crate) decay_epochs: Option<u32>,
    /// Weight of the penalty on the discriminator's gradient at real images; 0 for none.
    pub(crate) gradient_penalty: f32,
    /// SHA-256 of the unpacked file of images.
    pub(crate) data_sha256: [u8; 32],
}

impl Recipe {
    /// # Errors
    /// If a number makes no sense; the sentence names the option.
    pub(crate) fn new(typed: &TrainArguments, data_sha256: [u8; 32]) -> Result<Self> {
        let epochs = at_least_one("--epochs", typed.epochs, EPOCHS)?;
        let typed = &typed.recipe;
        let (batch, k, settings) = (typed.batch, typed.k, typed.recipe.settings());
        ensure!((1..=MAX_BATCH).contains(&batch), "--batch {batch}: must be from 1 to {MAX_BATCH}");
        ensure!((1..=1000).contains(&k), "--k {k}: must be from 1 to 1000");
        Ok(Self {
            seed: typed.seed,
            batch,
            learning_rate_g: rate("--lr-g", typed.lr_g.unwrap_or(settings.learning_rate_g))?,
            learning_rate_d: rate("--lr-d", typed.lr_d.unwrap_or(settings.learning_rate_d))?,
            updates_per_batch: k,
            real_label: REAL_LABEL,
            ema: beta(typed.ema.unwrap_or(settings.ema))?,
            decay_epochs: typed.lr_decay.unwrap_or(settings.lr_decay).then_some(epochs),
            gradient_penalty: penalty(typed.r1.unwrap_or(settings.gradient_penalty))?,
            data_sha256,
        })
    }
}

fn beta(beta: f32) -> Result<Option<f32>> {
    ensure!((0.0..1.0).contains(&beta), "--ema {beta}: must be at least 0 and below 1, such as 0.999");
    Ok((beta > 0.0).then_some(beta))
}

fn penalty(weight: f32) -> Result<f32> {
    ensure!(weight.is_finite() && weight >= 0.0, "--r1 {weight}: must be a number that is not negative, such as 10");
    Ok(weight)
}

fn rate(option: &str, rate: f32) -> Result<f32> {
    ensure!(rate.is_finite() && rate > 0.0, "{option} {rate}: must be a positive number");
    Ok(rate)
}

/// What a run's folder keeps to resume it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Config {
    /// Version of the program that began the run.
    program: String,
    pub(crate) epochs: u32,
    pub(crate) checkpoint_every: u32,
    /// Epochs from an evaluation to the next.
    pub(crate) eval_every: u32,
    /// Whether models are exported from the best checkpoint instead of the last.
    pub(crate) best: bool,
    /// The images, where they were named.
    data: Option<PathBuf>,
    seed: u64,
    batch: usize,
    learning_rate_g: f32,
    learning_rate_d: f32,
    updates_per_batch: u32,
    real_label: f32,
    ema: Option<f32>,
    lr_decay: bool,
    gradient_penalty: f32,
    data_sha256: String,
}

impl Config {
    /// The config of a new run.
    pub(crate) fn new(typed: &TrainArguments, recipe: &Recipe) -> Result<Self> {
        let epochs = at_least_one("--epochs", typed.epochs, EPOCHS)?;
        let best = typed.best.unwrap_or(typed.recipe.recipe.settings().best);
        // Something has to be the best even in a short run.
        let eval_every = if best { EVAL_EVERY.min(epochs) } else { EVAL_EVERY };
        let config = Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            epochs,
            checkpoint_every: at_least_one("--checkpoint-every", typed.checkpoint_every, CHECKPOINT_EVERY)?,
            eval_every: at_least_one("--eval-every", typed.eval_every, eval_every)?,
            best,
            data: typed.data.as_deref().map(std::path::absolute).transpose()?,
            seed: recipe.seed,
            batch: recipe.batch,
            learning_rate_g: recipe.learning_rate_g,
            learning_rate_d: recipe.learning_rate_d,
            updates_per_batch: recipe.updates_per_batch,
            real_label: recipe.real_label,
            ema: recipe.ema,
            lr_decay: recipe.decay_epochs.is_some(),
            gradient_penalty: recipe.gradient_penalty,
            data_sha256: hex(&recipe.data_sha256),
        };
        config.checked()
    }

    /// This config with what was typed beside `--resume`.
    pub(crate) fn changed(mut self, typed: &TrainArguments) -> Result<Self> {
        let epochs = at_least_one("--epochs", typed.epochs, self.epochs)?;
        ensure!(
            epochs == self.epochs || !self.lr_decay,
            "--epochs {epochs}: the learning rates of this run fall to 0 at epoch {}; begin a new run",
            self.epochs
        );
        self.epochs = epochs;
        self.checkpoint_every = at_least_one("--checkpoint-every", typed.checkpoint_every, self.checkpoint_every)?;
        self.eval_every = at_least_one("--eval-every", typed.eval_every, self.eval_every)?;
        self.best = typed.best.unwrap_or(self.best);
        self.checked()
    }

    fn checked(self) -> Result<Self> {
        ensure!(
            !self.best || self.eval_every <= self.epochs,
            "--best: a run of {} epochs that is measured every {} has no best one; give a smaller --eval-every",
            self.epochs,
            self.eval_every
        );
        Ok(self)
    }

    /// Where the images were, if that was said when the run began.
    pub(crate) fn data(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// The recipe of this run on the images with this checksum.
    ///
    /// # Errors
    /// If the run began with other images.
    pub(crate) fn recipe(&self, data_sha256: [u8; 32], data: &Path) -> Result<Recipe> {
        ensure!(
            hex(&data_sha256) == self.data_sha256,
            "{}: the run began with other images (SHA-256 {}, here {}); name those with --data",
            data.display(),
            self.data_sha256,
            hex(&data_sha256)
        );
        Ok(Recipe {
            seed: self.seed,
            batch: self.batch,
            learning_rate_g: self.learning_rate_g,
            learning_rate_d: self.learning_rate_d,
            updates_per_batch: self.updates_per_batch,
            real_label: self.real_label,
            ema: self.ema,
            decay_epochs: self.lr_decay.then_some(self.epochs),
            gradient_penalty: self.gradient_penalty,
            data_sha256,
        })
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        write_whole(path, text.as_bytes())
    }

    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{} cannot be read; is it the folder of a run?", path.display()))?;
        let config: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is not the config of a run; restore it or begin a new run", path.display()))?;
        ensure!((1..=MAX_BATCH).contains(&config.batch), "{}: batch {} is out of range", path.display(), config.batch);
        Ok(config)
    }
}

fn at_least_one(option: &str, typed: Option<u32>, default: u32) -> Result<u32> {
    let value = typed.unwrap_or(default);
    ensure!(value > 0, "{option} 0: must be at least 1");
    Ok(value)
}

#[cfg(test)]
impl Config {
    /// The config of a plain run of so many epochs.
    pub(crate) fn example(epochs: u32) -> Self {
        let typed = tests::typed(&["--epochs", &epochs.to_string()]);
        Recipe::new(&typed, [0; 32]).and_then(|recipe| Self::new(&typed, &recipe)).expect("a plain run can be had")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parsing::parse;

    pub(super) fn typed(arguments: &[&str]) -> TrainArguments {
        parse(&arguments.join(" ")).unwrap()
    }

    #[test]
    fn defaults_are_the_recipe() {
        let typed = typed(&[]);
        let recipe = Recipe::new(&typed, [0; 32]).unwrap();
        let config = Config::new(&typed, &recipe).unwrap();
        assert_eq!((config.epochs, recipe.batch, recipe.updates_per_batch, recipe.seed), (300, 256, 1, 0));
        assert_eq!((recipe.learning_rate_g, recipe.learning_rate_d, recipe.real_label), (2e-4, 2e-4, 0.9));
    }

    #[test]
    fn an_option_says_otherwise_than_the_best_recipe_which_says_otherwise_than_the_plain_one() {
        let of = |options: &[&str]| {
            let typed = typed(&[&["--recipe", "best"], options].concat());
            let recipe = Recipe::new(&typed, [0; 32]).unwrap();
            (recipe.clone(), Config::new(&typed, &recipe).unwrap())
        };
        let (recipe, config) = of(&[]);
        assert!(recipe.ema.is_some() && recipe.gradient_penalty > 0.0 && config.best);
        // What its help says.
        let options = "--r1 100 --ema 0.999 --lr-g 5e-4 --lr-d 5e-4 --lr-decay --best";
        let said = typed(&options.split(' ').collect::<Vec<_>>());
        assert_eq!(recipe, Recipe::new(&said, [0; 32]).unwrap());
        let plain = ["--ema", "0", "--r1", "0", "--lr-g", "2e-4", "--lr-d", "2e-4", "--lr-decay=false", "--best=false"];
        let (recipe, config) = of(&plain);
        assert_eq!(recipe, Recipe::new(&typed(&[]), [0; 32]).unwrap());
        assert!(!config.best);
    }

    #[test]
    fn numbers_without_sense_are_refused_by_the_name_of_their_option() {
        for (option, value) in [
            ("--batch", "0"),
            ("--batch", "5000"),
            ("--k", "0"),
            ("--lr-g", "0"),
            ("--lr-d", "inf"),
            ("--ema", "1"),
            ("--ema", "NaN"),
            ("--r1", "inf"),
        ] {
            let error = Recipe::new(&typed(&[option, value]), [0; 32]).unwrap_err().to_string();
            assert!(error.starts_with(option), "{error}");
        }
        for option in ["--epochs", "--checkpoint-every", "--eval-every"] {
            let typed = typed(&[option, "0"]);
            let config = Recipe::new(&typed, [0; 32]).and_then(|recipe| Config::new(&typed, &recipe));
            assert!(config.unwrap_err().to_string().starts_with(option));
        }
    }

    #[test]
    fn a_config_comes_back_as_it_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        let typed = typed(&[
            "--batch",
            "32",
            "--lr-g",
            "1.5e-3",
            "--seed",
            "18446744073709551615",
            "--epochs",
            "7",
            "--r1",
            "2.5",
        ]);
        let recipe = Recipe::new(&typed, [7; 32]).unwrap();
        Config::new(&typed, &recipe).unwrap().save(&path).unwrap();
        let loaded = Config::load(&path).unwrap();
        assert_eq!(loaded.recipe([7; 32], Path::new("images")).unwrap(), recipe);
        assert_eq!(loaded.epochs, 7);
        let error = loaded.recipe([8; 32], Path::new("images")).unwrap_err().to_string();
        assert!(error.contains("other images"), "{error}");
    }

    #[test]
    fn a_run_whose_rates_fall_to_zero_keeps_its_end_and_another_may_go_further() {
        for (decay, may_go_on) in [(&["--lr-decay"][..], false), (&[], true)] {
            let begun = typed(&[decay, &["--epochs", "30", "--eval-every", "10"]].concat());
            let recipe = Recipe::new(&begun, [0; 32]).unwrap();
            assert_eq!(recipe.decay_epochs, (!may_go_on).then_some(30));
            let resumed = Config::new(&begun, &recipe).unwrap().changed(&typed(&["--epochs", "31"]));
            assert_eq!(resumed.is_ok(), may_go_on);
        }
    }

    #[test]
    fn a_run_that_is_never_measured_has_no_best_checkpoint() {
        let config = |options: &[&str]| {
            let typed = typed(&[&["--epochs", "49"], options].concat());
            Config::new(&typed, &Recipe::new(&typed, [0; 32]).unwrap())
        };
        let never = config(&["--best", "--eval-every", "50"]).unwrap_err().to_string();
        assert!(never.starts_with("--best: "), "{never}");
        for options in [&["--best"][..], &["--best", "--eval-every", "7"], &["--eval-every", "50"]] {
            assert!(config(options).is_ok(), "{options:?}");
        }
    }

    #[test]
    fn the_recipe_of_a_run_cannot_be_changed_on_resuming() {
        for option in [
            ["--seed", "1"],
            ["--batch", "32"],
            ["--lr-g", "1"],
            ["--k", "2"],
            ["--out", "elsewhere"],
            ["--ema", "0.9"],
            ["--r1", "10"],
        ] {
            let line = format!("--resume run {}", option.join(" "));
            assert!(parse::<TrainArguments>(&line).is_err(), "{option:?} was taken");
        }
        typed(&[
            "--resume",
            "run",
            "--epochs",
            "400",
            "--threads",
            "1",
            "--data",
            "x",
            "--checkpoint-every",
            "5",
            "--isa",
            "avx2",
        ]);
    }
}
