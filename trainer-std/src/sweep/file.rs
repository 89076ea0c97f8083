//! The file of a sweep, in TOML.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::Deserialize;
use toml::{Table, Value};

use crate::output::printable::printable;

/// What is in the file of a sweep. Options are those of `pocketgan train`, by their names on the command line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SweepFile {
    /// A run of each setting for each of them.
    #[serde(default)]
    pub(super) seeds: Vec<u64>,
    /// The folder of the runs, relative to that of the file.
    pub(super) out: Option<PathBuf>,
    /// Options of all settings.
    #[serde(default)]
    pub(super) common: Table,
    /// The options of each setting, in the order of the file.
    #[serde(default)]
    settings: Table,
}

impl SweepFile {
    /// # Errors
    /// If the file cannot be read, is not TOML, or describes no sweep; the message says where.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let file: Self = toml::from_str(text).map_err(|error| located(text, error.span(), error.message()))?;
        check_seeds(&file.seeds)?;
        check_names(&file.settings)?;
        Ok(file)
    }

    /// The settings and their own options.
    ///
    /// # Errors
    /// If one is no table.
    pub(super) fn settings(&self) -> impl Iterator<Item = Result<(&str, &Table)>> {
        self.settings.iter().map(|(name, value)| match value {
            Value::Table(options) => Ok((name.as_str(), options)),
            _ => bail!("settings.{name}: must be a table of options of `pocketgan train`"),
        })
    }
}

/// An error with the line that it is in, since `toml` draws it on several ones.
fn located(text: &str, span: Option<Range<usize>>, message: &str) -> anyhow::Error {
    let message = message.replace('\n', ", ");
    let Some(before) = span.and_then(|span| text.get(..span.start)) else { return anyhow!("{message}") };
    let number = before.matches('\n').count();
    let line = text.lines().nth(number).unwrap_or_default();
    anyhow!("line {}, `{}`: {message}", number + 1, printable(line.trim()))
}

fn check_seeds(seeds: &[u64]) -> Result<()> {
    ensure!(!seeds.is_empty(), "there are no seeds; give some, such as seeds = [0, 1, 2]");
    let twice = seeds.iter().enumerate().find(|&(index, seed)| seeds[..index].contains(seed));
    match twice {
        Some((_, seed)) => bail!("seeds: {seed} is there twice"),
        None => Ok(()),
    }
}

fn check_names(settings: &Table) -> Result<()> {
    ensure!(!settings.is_empty(), "there are no settings; give each a table, such as [settings.plain]");
    let names: Vec<&String> = settings.keys().collect();
    for (index, name) in names.iter().enumerate() {
        check_name(name)?;
        // The file systems of Windows and macOS do not tell them apart.
        let same = names[..index].iter().find(|other| other.eq_ignore_ascii_case(name));
        if let Some(same) = same {
            bail!("settings.{same} and settings.{name} have the same name but for capitals; rename one");
        }
    }
    Ok(())
}

/// # Errors
/// If `name` cannot be part of a folder's name on every system.
fn check_name(name: &str) -> Result<()> {
    let is_usual = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    ensure!(
        name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_usual) && name.len() <= 100,
        "settings.{}: it names folders, so it must have at most 100 characters, only letters, digits, dots, - and _, and \
         begin with a letter or digit",
        printable(&format!("{name:?}"))
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejection(text: &str) -> String {
        format!("{:#}", SweepFile::parse(text).unwrap_err())
    }

    #[test]
    fn settings_keep_the_order_of_the_file() {
        let text = "seeds = [2, 0]\n[common]\nepochs = 3\n[settings.plain]\n[settings.ema]\nema = 0.9\n[settings.b]\n";
        let file = SweepFile::parse(text).unwrap();
        let names: Vec<&str> = file.settings().map(|setting| setting.unwrap().0).collect();
        assert_eq!((names, file.seeds.as_slice()), (vec!["plain", "ema", "b"], &[2, 0][..]));
        assert_eq!(file.common["epochs"], Value::Integer(3));
    }

    #[test]
    fn what_is_not_toml_or_not_known_is_rejected_with_its_line() {
        for (text, words) in [
            ("seeds = [0\n[settings.a]", "line "),
            ("seeds = [0]\nseed = 1\n[settings.a]", "line 2, `seed = 1`: unknown field `seed`"),
            ("seeds = [-1]\n[settings.a]", "line 1, `seeds = [-1]`"),
            ("seeds = [0]\n[settings.a]\nk = 1\n[settings.a]", "line 4, `[settings.a]`: duplicate key"),
            ("seeds = [0]\n[settings]\n\"a\" = {}\na = {}", "line 4, `a = {}`: duplicate key"),
        ] {
            let message = rejection(text);
            assert!(message.contains(words) && !message.contains('\n'), "{text}: {message}");
        }
    }

    #[test]
    fn a_sweep_has_settings_with_names_for_folders_and_seeds_each_once() {
        for (text, words) in [
            ("[settings.a]", "there are no seeds"),
            ("seeds = []\n[settings.a]", "there are no seeds"),
            ("seeds = [0, 1, 0]\n[settings.a]", "seeds: 0 is there twice"),
            ("seeds = [0]", "there are no settings"),
            ("seeds = [0]\n[settings.a]\n[settings.A]", "settings.a and settings.A have the same name"),
            ("seeds = [0]\n[settings.\"../a\"]", "settings.\"../a\": it names folders"),
            ("seeds = [0]\n[settings.\"\"]", "settings.\"\": it names folders"),
            ("seeds = [0]\n[settings.-a]", "it names folders"),
            ("seeds = [0]\n[settings.\"a b\"]", "it names folders"),
        ] {
            let message = rejection(text);
            assert!(message.contains(words), "{text}: {message}");
        }
        let file = SweepFile::parse("seeds = [0]\nsettings = { a = 3 }").unwrap();
        assert!(file.settings().next().unwrap().unwrap_err().to_string().starts_with("settings.a: must be a table"));
    }
}
