//! Options of `pocketgan train` in a table of TOML, as arguments for its command line.
//!
//! `train` itself says which options there are, which take a path, and which values are valid. So a new option needs no
//! change here.

use std::any::TypeId;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail, ensure};
use clap::{Arg, Args, Command, Parser};
use toml::{Table, Value};

use crate::commands::train::TrainArguments;
use crate::output::printable::{escaped, printable};

/// Options that the sweep itself gives to each run.
const OWN: [&str; 3] = ["out", "resume", "seed"];

#[derive(Parser)]
#[command(disable_help_flag = true, no_binary_name = true)]
struct Line {
    #[command(flatten)]
    arguments: TrainArguments,
}

/// The arguments of a training with these options, of which paths are relative to the folder `base`.
///
/// # Errors
/// If `train` has no such option or the type of a value fits none; the message names the option.
pub(super) fn to_line(options: &Table, base: &Path) -> Result<Vec<OsString>> {
    let train = TrainArguments::augment_args(Command::new("train"));
    let mut line = Vec::new();
    for (name, value) in options {
        ensure!(!OWN.contains(&name.as_str()), "{name}: is not an option of a setting; the sweep gives it to each run");
        let option = train.get_arguments().find(|option| option.get_long() == Some(name));
        let Some(option) = option else { bail!("{}: `pocketgan train` has no option of this name", printable(name)) };
        line.extend(argument(option, name, value, base)?);
    }
    Ok(line)
}

/// The options as somebody would type them.
pub(super) fn typed(options: &Table) -> String {
    let words = options.iter().map(|(name, value)| match value {
        Value::Boolean(true) => format!("--{name}"),
        Value::Boolean(false) => format!("--{name}=false"),
        value => format!("--{name} {}", text(value).unwrap_or_default()),
    });
    escaped(&words.collect::<Vec<_>>().join(" "))
}

/// # Errors
/// If an argument is not one of `train`, or is out of range; the message names the option.
pub(super) fn parse(line: &[OsString]) -> Result<TrainArguments> {
    Ok(Line::try_parse_from(line).map_err(|error| anyhow!(first_paragraph(&error)))?.arguments)
}

/// One argument of the command line; none for an option without a value that is false.
fn argument(option: &Arg, name: &str, value: &Value, base: &Path) -> Result<Option<OsString>> {
    let takes_value = option.get_action().takes_values();
    match value {
        Value::Boolean(given) if !takes_value => return Ok(given.then(|| format!("--{name}").into())),
        _ => ensure!(takes_value, "{name}: must be true or false"),
    }
    let Some(text) = text(value) else { bail!("{name}: must be a number, a text, true, false, or an array of these") };
    let is_path = option.get_value_parser().type_id() == TypeId::of::<PathBuf>();
    let mut argument = OsString::from(format!("--{name}="));
    argument.push(if is_path { base.join(text).into_os_string() } else { text.into() });
    Ok(Some(argument))
}

/// A value as it is typed; none for dates and tables.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        // Shortest digits that give this number: those of the file.
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Array(values) => Some(values.iter().map(text).collect::<Option<Vec<_>>>()?.join(",")),
        Value::Datetime(_) | Value::Table(_) => None,
    }
}

/// What clap says, without its colours and advice.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().take_while(|line| !line.is_empty()).map(str::trim);
    lines.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::recipe::Recipe;
    use crate::training::schedule::Schedule;

    fn parsed(options: &str) -> Result<TrainArguments> {
        parse(&to_line(&options.parse().unwrap(), Path::new("base"))?)
    }

    #[test]
    fn options_of_every_type_mean_what_they_mean_on_the_command_line() {
        let options = "recipe = 'best'\nepochs = 7\nema = 0\nlr-g = 5e-4\nlr-decay = true\nbest = true\npreview = true";
        let settings = parsed(options).unwrap().settings().unwrap();
        let recipe = Recipe { epochs: 7, ema: 0.0, learning_rate_g: 5e-4, lr_decay: true, ..Recipe::best() };
        assert_eq!((settings.recipe, settings.schedule), (recipe, Schedule::BEST));
    }

    #[test]
    fn paths_are_relative_to_the_file_and_options_without_a_value_are_given_or_not() {
        let line = |options: &str| to_line(&options.parse().unwrap(), Path::new("/base")).unwrap();
        assert_eq!(line("data = 'x'\nisa = 'avx2'"), ["--data=/base/x", "--isa=avx2"]);
        assert_eq!(line("data = '/x'\npreview = false"), ["--data=/x"]);
        assert_eq!(line("preview = true\nbest = false"), ["--preview", "--best=false"]);
    }

    #[test]
    fn unknown_options_and_bad_values_are_rejected_with_the_name_of_the_option() {
        for (options, words) in [
            ("learning-rate = 1", "learning-rate: `pocketgan train` has no option"),
            ("help = true", "help: `pocketgan train` has no option"),
            ("seed = 1", "seed: is not an option of a setting"),
            ("out = 'x'", "out: is not an option of a setting"),
            ("batch = 'many'", "invalid value 'many' for '--batch <N>'"),
            ("batch = [1, 2]", "invalid value '1,2' for '--batch <N>'"),
            ("batch = 0", "--batch 0: must be"),
            ("ema = nan", "--ema NaN"),
            ("best = 1", "invalid value '1' for '--best"),
            ("recipe = 'bets'", "invalid value 'bets' for '--recipe <NAME>' [possible values: plain, best]"),
            ("preview = 3", "preview: must be true or false"),
            ("batch = 2020-01-01", "batch: must be a number"),
            ("batch = { a = 1 }", "batch: must be a number"),
            ("threads = 0", "--threads 0"),
            ("isa = 'abacus'", "--isa abacus"),
        ] {
            let message = parsed(options).and_then(|arguments| arguments.settings()).err().unwrap().to_string();
            assert!(message.starts_with(words), "{options}: {message}");
        }
    }

    #[test]
    fn options_are_shown_as_somebody_would_type_them() {
        let options = "recipe = 'best'\nlr-decay = false\nbest = true\nr1 = 100\nlr-g = 5e-4";
        assert_eq!(typed(&options.parse().unwrap()), "--recipe best --lr-decay=false --best --r1 100 --lr-g 0.0005");
    }
}
