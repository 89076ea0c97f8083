//! `pocketgan sweep`: trains settings of options with several seeds, and compares them.

use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::commands::train::train_until;
use crate::output::shell;
use crate::output::terminal;
use crate::sweep::{Run, State, Style, Sweep};
use crate::training::interrupt::{Interrupt, Interrupted};

/// Train settings of the options of `train` with several seeds, and compare them in one table.
///
/// The file names the settings. Runs that are finished are skipped, others are begun or resumed, one after another.
/// docs/ablation.md has an example, and how to use several machines.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan sweep docs/ablation.toml\n  \
    pocketgan sweep docs/ablation.toml --collect --markdown\n  \
    pocketgan sweep docs/ablation.toml --list --threads 1 > runs.txt")]
pub(crate) struct SweepArguments {
    /// The file with settings and seeds (TOML)
    file: PathBuf,
    /// Folder of the runs [default: `out` in the file, or a folder beside the file that has its name]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Number of threads of each run, instead of that in the file
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print a command for each run that is not finished, for GNU Parallel or a queue; each begins its run or resumes it
    #[arg(long, conflicts_with_all = ["collect", "run", "markdown"])]
    list: bool,
    /// Only print the table of what is there, and which runs are missing or unfinished
    #[arg(long, conflicts_with = "run")]
    collect: bool,
    /// Begin or resume only this run, such as best-0, and print no table
    #[arg(long, value_name = "SETTING-SEED", conflicts_with = "markdown")]
    run: Option<String>,
    /// Print the table as Markdown
    #[arg(long)]
    markdown: bool,
}

pub(crate) fn sweep(arguments: &SweepArguments) -> Result<()> {
    let sweep = Sweep::read(&arguments.file, arguments.out.as_deref(), arguments.threads)?;
    if let Some(name) = &arguments.run {
        return train_one(arguments, &sweep.run(name)?);
    }
    if arguments.list {
        return list(arguments, &sweep);
    }
    let trained = match arguments.collect {
        true => Ok(()),
        false => Training::new(arguments).all(&sweep.runs()?),
    };
    if trained.as_ref().is_err_and(|error| error.is::<Interrupted>()) {
        return trained;
    }
    let style = if arguments.markdown { Style::Markdown } else { Style::Text };
    let results = sweep.results()?;
    terminal::print(results.text(style))?;
    trained.and(results.check())
}

fn train_one(arguments: &SweepArguments, run: &Run) -> Result<()> {
    match run.state()? {
        State::Finished => {
            terminal::progress(format_args!("{} is finished", run.name()));
            Ok(())
        }
        State::Missing | State::Unfinished(_) => Training::new(arguments).one(run),
    }
}

/// Prints a command for each run that is not finished.
fn list(arguments: &SweepArguments, sweep: &Sweep) -> Result<()> {
    let program = std::env::current_exe().context("the path of this program cannot be found")?;
    let mut lines = String::new();
    for run in unfinished(&sweep.runs()?)? {
        let words = command(arguments, program.clone().into(), Some(run.name()), |path| absolute(path))?;
        lines += &(shell::line(&words)? + "\n");
    }
    terminal::print(lines)
}

/// The words of the command that does what `arguments` say with `program`, for all runs or for one.
fn command(
    arguments: &SweepArguments,
    program: OsString,
    run: Option<&str>,
    path: impl Fn(&Path) -> std::io::Result<PathBuf>,
) -> Result<Vec<OsString>> {
    let mut words = vec![program, "sweep".into(), path(&arguments.file)?.into()];
    if let Some(out) = &arguments.out {
        words.extend(["--out".into(), path(out)?.into()]);
    }
    if let Some(threads) = arguments.threads {
        words.extend(["--threads".into(), threads.to_string().into()]);
    }
    if let Some(run) = run {
        words.extend(["--run".into(), run.into()]);
    }
    if arguments.markdown {
        words.push("--markdown".into());
    }
    Ok(words)
}

/// The runs that are not finished.
///
/// # Errors
/// If the folder of any run has something else.
fn unfinished(runs: &[Run]) -> Result<Vec<&Run>> {
    let states = runs.iter().map(|run| Ok((run, run.state()?))).collect::<Result<Vec<_>>>()?;
    Ok(states.into_iter().filter(|(_, state)| *state != State::Finished).map(|(run, _)| run).collect())
}

/// Trains runs, one after another.
struct Training<'a> {
    arguments: &'a SweepArguments,
    /// Made once, when there is something to lose: handlers of signals stay.
    interrupt: Option<Interrupt>,
}

impl<'a> Training<'a> {
    fn new(arguments: &'a SweepArguments) -> Self {
        Self { arguments, interrupt: None }
    }

    /// Trains what is not finished of `runs`. A run that fails does not keep the others from being trained.
    ///
    /// # Errors
    /// If the folder of a run has something else (then none is trained), some have failed, or Ctrl-C ended it
    /// ([`Interrupted`]).
    fn all(&mut self, runs: &[Run]) -> Result<()> {
        let waiting = unfinished(runs)?;
        let mut failed = Vec::new();
        for (index, run) in waiting.iter().enumerate() {
            terminal::progress(format_args!("run {} of {}: {}", index + 1, waiting.len(), run.name()));
            match self.one(run) {
                Err(error) if error.is::<Interrupted>() => return Err(error),
                Err(error) => {
                    terminal::remark(format_args!("pocketgan: {error:#}"));
                    failed.push(run.name());
                }
                Ok(()) => {}
            }
        }
        let count = failed.len();
        ensure!(count == 0, "{count} of {} runs failed, for the reasons above: {}", waiting.len(), failed.join(", "));
        Ok(())
    }

    /// Begins or resumes a run, unless the sweep has been asked to stop while the one before was exported.
    fn one(&mut self, run: &Run) -> Result<()> {
        if self.interrupt.as_ref().is_some_and(Interrupt::asked) {
            return Err(Interrupted(self.how_to_go_on()?).into());
        }
        let interrupt = &mut self.interrupt;
        let trained = train_until(&run.arguments()?, || match interrupt {
            Some(interrupt) => Ok(interrupt.clone()),
            None => Ok(interrupt.insert(Interrupt::listen()?).clone()),
        });
        match trained {
            Err(error) if error.is::<Interrupted>() => Err(Interrupted(self.how_to_go_on()?).into()),
            trained => trained.with_context(|| run.name().to_owned()),
        }
    }

    fn how_to_go_on(&self) -> Result<String> {
        let relative = |path: &Path| Ok(path.to_owned());
        let words = command(self.arguments, "pocketgan".into(), self.arguments.run.as_deref(), relative)?;
        Ok(format!("all that is trained is saved; go on with `{}`", shell::line(&words)?))
    }
}
