//! The training options that determine when a run is saved and evaluated. Each can change when a run is resumed.

use anyhow::{Result, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};

/// Epochs between evaluations by default.
const EVAL_EVERY: u32 = 50;
/// Evaluations by default at least, if the best checkpoint is to be kept.
const CHOICES: u32 = 6;

/// When a run saves and evaluates, and which of its checkpoints becomes models.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[group(skip)]
pub(crate) struct Schedule {
    /// Epochs between checkpoints
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint_every: u32,
    /// Epochs between evaluations, as by `pocketgan eval`; the metrics go into metrics.csv, and the best checkpoint is
    /// kept. Needs test images beside the training images [default: 50; with --best at most a sixth of
    /// --epochs]
    #[arg(long, value_name = "N")]
    pub(crate) eval_every: Option<u32>,
    /// Export the models from the best of the evaluated checkpoints instead of the last checkpoint
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub(crate) best: bool,
}

impl Default for Schedule {
    fn default() -> Self {
        Self::PLAIN
    }
}

impl Schedule {
    pub(crate) const PLAIN: Self = Self { checkpoint_every: 10, eval_every: None, best: false };
    pub(crate) const BEST: Self = Self { best: true, ..Self::PLAIN };

    /// Epochs between evaluations of a run of so many `epochs`.
    pub(crate) fn eval_interval(&self, epochs: u32) -> u32 {
        // Even a short run is to have checkpoints to choose from.
        self.eval_every.unwrap_or(if self.best { (epochs / CHOICES).clamp(1, EVAL_EVERY) } else { EVAL_EVERY })
    }

    /// Whether evaluations are required, so that a run without labels or test images is an error.
    pub(crate) fn requires_evaluation(&self) -> bool {
        self.best || self.eval_every.is_some()
    }

    /// Checks every value, wherever the schedule comes from.
    ///
    /// # Errors
    /// If a value is out of range or a run of so many `epochs` has no best checkpoint but is to have one; the message
    /// names the option.
    pub(crate) fn validate(&self, epochs: u32) -> Result<()> {
        ensure!(self.checkpoint_every > 0, "--checkpoint-every 0: must be at least 1");
        ensure!(self.eval_every != Some(0), "--eval-every 0: must be at least 1");
        let interval = self.eval_interval(epochs);
        ensure!(
            !self.best || interval <= epochs,
            "--best: a run to epoch {epochs} with an evaluation every {interval} epochs has no best checkpoint; use a \
             smaller --eval-every"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_is_never_evaluated_has_no_best_checkpoint() {
        let validate = |best, eval_every| Schedule { best, eval_every, ..Schedule::PLAIN }.validate(49);
        assert!(validate(true, Some(50)).unwrap_err().to_string().starts_with("--best: "));
        for (best, eval_every) in [(true, None), (true, Some(7)), (false, Some(50)), (false, None)] {
            assert!(validate(best, eval_every).is_ok(), "{best} {eval_every:?}");
        }
    }

    #[test]
    fn the_best_checkpoint_is_chosen_from_at_least_six_if_there_are_as_many_epochs() {
        let interval = |epochs| Schedule::BEST.eval_interval(epochs);
        assert_eq!([1, 5, 12, 120, 300, 900].map(interval), [1, 1, 2, 20, 50, 50]);
        assert_eq!(Schedule::PLAIN.eval_interval(12), 50);
    }

    #[test]
    fn an_interval_of_zero_is_rejected_with_the_name_of_its_option() {
        let of = |schedule: Schedule| schedule.validate(300).unwrap_err().to_string();
        assert!(of(Schedule { checkpoint_every: 0, ..Schedule::PLAIN }).starts_with("--checkpoint-every 0"));
        assert!(of(Schedule { eval_every: Some(0), ..Schedule::PLAIN }).starts_with("--eval-every 0"));
    }
}
