//! Settings of the training options times seeds: independent runs, each of which can be resumed, and one table of them.

mod differences;
mod figures;
mod file;
mod options;
mod run;
mod table;

use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};

use anyhow::{Context, Result, bail, ensure};
use toml::{Table, Value};

use crate::training::options::Settings;
use crate::training::run_folder::config_of;
use file::SweepFile;
pub(crate) use run::{Run, State};
pub(crate) use table::{Results, Style};

/// Settings, seeds, and the folder of the runs.
pub(crate) struct Sweep {
    settings: Vec<Setting>,
    seeds: Vec<u64>,
    folder: PathBuf,
}

/// Options with a name.
struct Setting {
    name: String,
    /// Its own options, as typed.
    typed: String,
    /// All its options, as arguments of `pocketgan train`.
    line: Vec<OsString>,
}

impl Sweep {
    /// Reads a sweep from `file`. The runs go to `out`; if that is not given, to the folder that the file names, or to one
    /// beside the file with its name. `threads` replaces the number in the file.
    ///
    /// # Errors
    /// If the file does not describe a sweep whose options are all valid, or the folder cannot be one of runs; the message
    /// names the setting and the option.
    pub(crate) fn read(file: &Path, out: Option<&Path>, threads: Option<usize>) -> Result<Self> {
        let path = absolute(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let described = SweepFile::read(file)?;
        let base = path.parent().unwrap_or(Path::new("/"));
        let folder = match (out, &described.out) {
            (Some(out), _) => absolute(out)?,
            (None, Some(out)) => base.join(out),
            (None, None) => default_folder(&path)?,
        };
        let typed = threads.map(|threads| ("threads".to_owned(), Value::Integer(threads as i64)));
        let settings = described.settings().map(|setting| {
            let (name, own) = setting?;
            let options: Table = described.common.clone().into_iter().chain(own.clone()).chain(typed.clone()).collect();
            Setting::new(name, own, &options, base).with_context(|| format!("settings.{name}"))
        });
        let settings = settings.collect::<Result<_>>().with_context(|| file.display().to_string())?;
        check_folder(&folder)?;
        Ok(Self { settings, seeds: described.seeds, folder })
    }

    /// The runs of all settings.
    ///
    /// # Errors
    /// If an option is invalid.
    pub(crate) fn runs(&self) -> Result<Vec<Run>> {
        Ok(self.settings.iter().map(|setting| self.runs_of(setting)).collect::<Result<Vec<_>>>()?.concat())
    }

    /// The run called `name`.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn run(&self, name: &str) -> Result<Run> {
        let mut runs = self.runs()?;
        match runs.iter().position(|run| run.name() == name) {
            Some(index) => Ok(runs.swap_remove(index)),
            None => {
                let names: Vec<&str> = runs.iter().map(Run::name).collect();
                bail!("--run {name}: there is no such run; there are {}", names.join(", "))
            }
        }
    }

    fn runs_of(&self, setting: &Setting) -> Result<Vec<Run>> {
        let runs = self.seeds.iter().map(|&seed| setting.run(seed, &self.folder)).collect::<Result<Vec<_>>>()?;
        check_images(&runs)?;
        Ok(runs)
    }

    /// What is in the folders of the runs.
    ///
    /// # Errors
    /// If an argument of a run is invalid.
    pub(crate) fn results(&self) -> Result<Results> {
        let mut results = Results::new(self.seeds.len());
        for setting in &self.settings {
            results.add(&setting.name, &setting.typed, &self.runs_of(setting)?);
        }
        Ok(results)
    }
}

impl Setting {
    /// # Errors
    /// If an option is unknown or has an invalid value; the message names it.
    fn new(name: &str, own: &Table, options: &Table, base: &Path) -> Result<Self> {
        let line = options::to_line(options, base)?;
        options::parse(&line)?.settings()?;
        Ok(Self { name: name.to_owned(), typed: options::typed(own), line })
    }

    fn run(&self, seed: u64, runs: &Path) -> Result<Run> {
        let name = format!("{}-{seed}", self.name);
        let folder = runs.join(&name);
        let mut out = OsString::from("--out=");
        out.push(&folder);
        let line = [&self.line[..], &[format!("--seed={seed}").into(), out]].concat();
        Run::new(name, folder, line)
    }
}

/// The folder beside a file with the file's name.
fn default_folder(file: &Path) -> Result<PathBuf> {
    let folder = file.with_extension("");
    ensure!(
        folder != file,
        "{}: a folder of this name is where the runs would go; name another with --out, or call the file {0}.toml",
        file.display()
    );
    Ok(folder)
}

fn check_folder(folder: &Path) -> Result<()> {
    let path = folder.display();
    ensure!(
        folder.is_dir() || !folder.exists(),
        "{path} is not a folder; choose another place for the runs with --out"
    );
    ensure!(!config_of(folder).exists(), "{path} is the folder of one run; choose another for the sweep with --out");
    Ok(())
}

/// # Errors
/// If two runs of a setting have begun with different images: their mean would mean nothing.
fn check_images(runs: &[Run]) -> Result<()> {
    let begun: Vec<_> = runs.iter().filter_map(|run| Some((run.name(), run.images()?))).collect();
    match begun.windows(2).find(|pair| pair[0].1 != pair[1].1) {
        None => Ok(()),
        Some(pair) => bail!(
            "{} and {} have begun with different images; choose another folder for these images with --out",
            pair[0].0,
            pair[1].0
        ),
    }
}

/// Whether what was trained has other settings than what is to be.
fn differs(found: &Settings, expected: &Settings) -> Result<Option<String>> {
    if found == expected { Ok(None) } else { differences::of(found, expected).map(Some) }
}
