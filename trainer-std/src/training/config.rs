//! The configuration of a run: validated when it begins, saved as `config.json`, and read back to resume it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::{Dataset, hex, sha256_field};
use crate::output::files::write_whole;
use crate::training::known_keys::reject_unknown_keys;
use crate::training::options::{Options, Settings};
use crate::training::recipe::Recipe;
use crate::training::schedule::Schedule;
use crate::training::stored_path;

/// What the folder of a run stores to resume it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Config {
    /// Version of the program that began the run.
    program: String,
    /// The training images, if they were given.
    #[serde(with = "stored_path")]
    data: Option<PathBuf>,
    /// SHA-256 of the unpacked file of training images.
    #[serde(with = "sha256_field")]
    data_sha256: [u8; 32],
    // Read by `parse`: serde's `flatten` cannot read numbers if another crate of the build enables serde_json's
    // `arbitrary_precision`.
    #[serde(flatten, skip_deserializing)]
    pub(crate) recipe: Recipe,
    #[serde(flatten, skip_deserializing)]
    pub(crate) schedule: Schedule,
}

impl Config {
    /// The configuration of a new run on the images with this checksum, which were given as `data` if at all.
    ///
    /// # Errors
    /// If `data` is empty.
    pub(crate) fn new(settings: Settings, data: Option<&Path>, data_sha256: [u8; 32]) -> Result<Self> {
        let Settings { recipe, schedule } = settings;
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let data = data.map(std::path::absolute).transpose()?;
        Ok(Self { program, data, data_sha256, recipe, schedule })
    }

    /// This configuration with the options that were given to resume the run.
    ///
    /// # Errors
    /// If a value is out of range or cannot change; the message names the option.
    pub(crate) fn changed(self, options: &Options) -> Result<Self> {
        let Settings { recipe, schedule } = options.applied_to(self.settings())?;
        ensure!(
            self.recipe.can_continue_as(&recipe),
            "--epochs {}: the learning rates of this run decay to 0 at epoch {}; begin a new run",
            recipe.epochs,
            self.recipe.epochs
        );
        Ok(Self { recipe, schedule, ..self })
    }

    /// The values of all training options.
    pub(crate) fn settings(&self) -> Settings {
        Settings { recipe: self.recipe.clone(), schedule: self.schedule.clone() }
    }

    /// The path of the training images, if it was given when the run began.
    pub(crate) fn data(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// SHA-256 of the unpacked file of training images.
    pub(crate) fn data_sha256(&self) -> &[u8; 32] {
        &self.data_sha256
    }

    /// Epochs between evaluations.
    pub(crate) fn eval_interval(&self) -> u32 {
        self.schedule.eval_interval(self.recipe.epochs)
    }

    /// # Errors
    /// If these are not the images that the run began with.
    pub(crate) fn check_images(&self, dataset: &Dataset) -> Result<()> {
        let (expected, found) = (hex(&self.data_sha256), hex(dataset.images.sha256()));
        ensure!(
            found == expected,
            "{}: the run began with other images (SHA-256 {expected}, here {found}); name those with --data",
            dataset.path.display()
        );
        Ok(())
    }

    /// # Errors
    /// If the file cannot be written; nothing of an older one is lost.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        write_whole(path, text.as_bytes())
    }

    /// # Errors
    /// If the file cannot be read, is not a configuration of this version of the program, or has a value out of range.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{} cannot be read; is it the folder of a run?", path.display()))?;
        Self::parse(&text).with_context(|| {
            format!("{} is not a valid configuration of a run; restore it or begin a new run", path.display())
        })
    }

    fn parse(text: &str) -> Result<Self> {
        let (recipe, schedule) = (serde_json::from_str(text)?, serde_json::from_str(text)?);
        let config = Self { recipe, schedule, ..serde_json::from_str(text)? };
        reject_unknown_keys(&serde_json::from_str(text)?, &serde_json::to_value(&config)?)?;
        config.settings().validate()?;
        Ok(config)
    }

    /// The fields as JSON, with numbers as they are saved.
    pub(crate) fn to_json(&self) -> Result<Value> {
        // A Value made without the text has the digits of an f32 as an f64.
        Ok(serde_json::from_str(&serde_json::to_string(self)?)?)
    }
}

#[cfg(test)]
impl Config {
    /// The configuration of a plain run of so many epochs.
    pub(crate) fn example(epochs: u32) -> Self {
        let settings = Settings { recipe: Recipe { epochs, ..Recipe::PLAIN }, schedule: Schedule::PLAIN };
        Self::new(settings, None, [0; 32]).expect("there is no path")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parsing::parse;

    fn config(line: &str) -> Result<Config> {
        Config::new(parse::<Options>(line).unwrap().new_run()?, None, [7; 32])
    }

    /// The configuration that is saved for `config`, with `from` in its text replaced by `to`.
    fn edited(config: &Config, from: &str, to: &str) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        config.save(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        Config::load(&path)
    }

    #[test]
    fn a_saved_configuration_is_read_back_to_the_bit() {
        let saved =
            config("--batch 32 --lr-g 1.5e-3 --seed 18446744073709551615 --epochs 7 --r1 2.5 --eval-every 3").unwrap();
        assert_eq!(edited(&saved, "{", "{").unwrap(), saved);
    }

    #[test]
    fn what_is_read_back_is_checked_like_what_is_given() {
        let plain = config("").unwrap();
        for (from, to, option) in [
            ("\"updates_per_batch\": 1", "\"updates_per_batch\": 0", "--k 0"),
            ("\"ema\": 0.0", "\"ema\": 1.5", "--ema 1.5"),
            ("\"real_label\": 0.9", "\"real_label\": -7", "real_label -7"),
            ("\"batch\": 256", "\"batch\": 0", "--batch 0"),
            ("\"checkpoint_every\": 10", "\"checkpoint_every\": 0", "--checkpoint-every 0"),
            ("\"seed\"", "\"sede\"", "sede"),
            ("\"epochs\": 300", "\"epochs\": 300.5", "300.5"),
        ] {
            let message = format!("{:#}", edited(&plain, from, to).unwrap_err());
            assert!(
                message.contains("config.json is not a valid configuration") && message.contains(option),
                "{message}"
            );
        }
    }

    #[test]
    fn a_value_out_of_range_is_rejected_before_anything_is_saved() {
        assert!(config("--ema 1").unwrap_err().to_string().starts_with("--ema 1"));
        assert!(config("--eval-every 0").unwrap_err().to_string().starts_with("--eval-every 0"));
    }

    #[test]
    fn a_run_with_decay_keeps_its_number_of_epochs() {
        let resumed = |begun: &str| config(begun).unwrap().changed(&parse("--epochs 31").unwrap());
        assert!(resumed("--epochs 30").is_ok());
        let message = resumed("--epochs 30 --lr-decay").unwrap_err().to_string();
        assert!(message.starts_with("--epochs 31: the learning rates"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_utf8_is_read_back() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"/im\xffages"));
        let saved = Config { data: Some(path.to_owned()), ..config("").unwrap() };
        assert_eq!(edited(&saved, "{", "{").unwrap().data(), Some(path));
    }
}
