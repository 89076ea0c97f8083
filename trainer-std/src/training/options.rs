//! The training options on the command line: a named recipe, and the options that override it.

use std::collections::BTreeSet;

use anyhow::Result;
use clap::{Arg, ArgGroup, ArgMatches, Args, Command, FromArgMatches, ValueEnum};
use serde_json::{Map, Value};

use crate::training::recipe::Recipe;
use crate::training::schedule::Schedule;

/// The group of options that cannot change when a run is resumed.
pub(crate) const FIXED: &str = "options fixed at the start of a run";
/// The only option of a [`Recipe`] that is not in [`FIXED`].
const EPOCHS: &str = "epochs";

/// Values of all training options.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) recipe: Recipe,
    pub(crate) schedule: Schedule,
}

impl Settings {
    /// Checks every value, wherever the settings come from.
    ///
    /// # Errors
    /// If a value is out of range; the message names the option.
    pub(crate) fn validate(&self) -> Result<()> {
        self.recipe.validate()?;
        self.schedule.validate(self.recipe.epochs)
    }
}

/// The given training options.
#[derive(Clone, Debug)]
pub(crate) struct Options(ArgMatches);

#[derive(Args)]
#[group(skip)]
struct Named {
    /// The values of all options that are not given
    #[arg(long = "recipe", value_name = "NAME", value_enum, default_value_t)]
    preset: Preset,
}

/// A recipe with a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
enum Preset {
    /// The tutorial's recipe
    #[default]
    Plain,
    /// The recipe with the best samples, at no cost to the device; see docs/ablation.md
    Best,
}

impl Preset {
    fn settings(self) -> Settings {
        match self {
            Self::Plain => Settings { recipe: Recipe::PLAIN, schedule: Schedule::PLAIN },
            Self::Best => Settings { recipe: Recipe::best(), schedule: Schedule::BEST },
        }
    }

    /// The default values of options, by the names of their fields.
    fn defaults(self) -> Map<String, Value> {
        let Settings { recipe, schedule } = self.settings();
        let values = [serde_json::to_value(recipe), serde_json::to_value(schedule)];
        values
            .into_iter()
            .filter_map(std::result::Result::ok)
            .filter_map(|value| value.as_object().cloned())
            .flatten()
            .collect()
    }
}

impl Options {
    /// The settings of a new run.
    ///
    /// # Errors
    /// If a value is out of range; the message names the option.
    pub(crate) fn new_run(&self) -> Result<Settings> {
        let Named { preset } = Named::from_arg_matches(&self.0)?;
        self.applied_to(preset.settings())
    }

    /// Whether the option of a [`Recipe`] or [`Schedule`] with this field is among them.
    pub(crate) fn include(&self, field: &str) -> bool {
        self.0.value_source(field).is_some()
    }

    /// `settings`, overridden by the given options.
    ///
    /// # Errors
    /// If a value is out of range; the message names the option.
    pub(crate) fn applied_to(&self, mut settings: Settings) -> Result<Settings> {
        settings.recipe.update_from_arg_matches(&self.0)?;
        settings.schedule.update_from_arg_matches(&self.0)?;
        settings.validate()?;
        Ok(settings)
    }
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(matches.clone()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0 = matches.clone();
        Ok(())
    }
}

impl Args for Options {
    fn augment_args(command: Command) -> Command {
        let fixed = Recipe::augment_args_for_update(Named::augment_args(Command::new("")));
        let fixed: BTreeSet<_> = fixed.get_arguments().map(Arg::get_id).filter(|&id| id != EPOCHS).cloned().collect();
        // The values of options that are not given come from elsewhere, so none is required.
        let own = Recipe::augment_args_for_update(Named::augment_args(Command::new("")));
        let own = Schedule::augment_args_for_update(own);
        let [plain, best] = [Preset::Plain, Preset::Best].map(Preset::defaults);
        let arguments = own.get_arguments().cloned().map(|argument| with_default(argument, &plain, &best));
        command.args(arguments).group(ArgGroup::new(FIXED).args(fixed).multiple(true))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// `argument` with its default values in its help.
fn with_default(argument: Arg, plain: &Map<String, Value>, best: &Map<String, Value>) -> Arg {
    let text = |values: &Map<String, Value>| match values.get(argument.get_id().as_str()) {
        None | Some(Value::Null) => None,
        // The value of an f32 has digits as an f64 that it did not have.
        Some(Value::Number(number)) if number.is_f64() => number.as_f64().map(|number| (number as f32).to_string()),
        Some(value) => Some(value.to_string()),
    };
    let (Some(plain), Some(best)) = (text(plain), text(best)) else { return argument };
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    match plain == best {
        true => argument.help(format!("{help} [default: {plain}]")),
        false => argument.help(format!("{help} [default: {plain}; with --recipe best: {best}]")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parsing::parse;
    use crate::training::recipe::Precision;

    fn new_run(line: &str) -> Settings {
        parse::<Options>(line).unwrap().new_run().unwrap()
    }

    #[test]
    fn without_options_a_run_has_the_plain_recipe() {
        assert_eq!(new_run(""), Preset::Plain.settings());
        assert_eq!(new_run("--recipe best"), Preset::Best.settings());
    }

    #[test]
    fn an_option_overrides_the_named_recipe() {
        let rates = "--lr-g 1e-3 --lr-d 1e-3 --beta1-g 0.5 --beta2-d 0.99 --ema 0.9998";
        let discriminator = "--r1 1 --r2 1 --differences --discriminator wide";
        let precision = Precision::fastest().name();
        let options =
            format!("--epochs 132 {rates} {discriminator} --four-bits-after 100 --precision {precision} --best");
        assert_eq!(new_run(&options), Preset::Best.settings());
        let rates = "--lr-g 2e-4 --lr-d 2e-4 --beta1-g 0.9 --beta2-d 0 --ema 0";
        let discriminator = "--r1 0 --r2 0 --differences=false --discriminator narrow";
        let options = format!("--recipe best --epochs 300 {rates} {discriminator} --four-bits-after 0 --best=false");
        let options = format!("{options} --precision f32");
        assert_eq!(new_run(&options), Preset::Plain.settings());
    }

    #[test]
    fn every_option_is_declared_with_help_that_states_its_default() {
        let command = Options::augment_args(Command::new(""));
        let help = |id: &str| command.get_arguments().find(|argument| argument.get_id() == id).unwrap().get_help();
        for field in Preset::Plain.defaults().keys().filter(|&field| field != "real_label") {
            assert!(help(field).unwrap().to_string().contains("[default: "), "{field}");
        }
        assert!(help("learning_rate_g").unwrap().to_string().ends_with("[default: 0.0002; with --recipe best: 0.001]"));
    }

    #[test]
    fn options_apply_to_the_settings_of_a_resumed_run() {
        let begun = new_run("--recipe best --seed 5");
        let resumed = parse::<Options>("--epochs 7 --eval-every 3").unwrap().applied_to(begun.clone()).unwrap();
        let recipe = Recipe { epochs: 7, ..begun.recipe };
        assert_eq!(resumed, Settings { recipe, schedule: Schedule { eval_every: Some(3), ..begun.schedule } });
    }
}
