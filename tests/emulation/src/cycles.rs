//! Estimates of cycles: runs a program in QEMU with the plugin of tests/cycles.

use crate::qemu;
use anyhow::{Context, Result, bail, ensure};
use object::{Object, ObjectSymbol};
use pocketgan_cycles::options;
pub use pocketgan_cycles::{
    counter::{Count, Marks},
    flash::Flash,
    options::Options,
    timing::Core,
};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// The symbols at which a count begins and ends (firmware/src/marks.rs).
const MARKS: [&str; 2] = ["pocketgan_count_begin", "pocketgan_count_end"];

/// The file of the plugin, which cargo builds as a dependency of this package.
const PLUGIN: &str = "libpocketgan_cycles.so";

/// Runs `elf` with `arguments` and counts the cycles between its marks, each time it passes them. Without a `flash` nothing
/// waits for memory.
///
/// # Errors
/// Those of [`qemu::stream`], if the program has no marks, fails, or never passes them, and if QEMU cannot load the plugin.
pub fn count(elf: &Path, arguments: &[&str], core: Core, flash: Option<Flash>, limit: Duration) -> Result<Vec<Count>> {
    let folder = tempfile::tempdir()?;
    let answer = folder.path().join("counts");
    let options = Options { core, marks: marks(elf)?, flash, answer: answer.clone() };
    let options = plugin_option(&options)?;
    let mut log = Vec::new();
    let status = qemu::stream_with(&options, elf, arguments, limit, &mut io::sink(), |line| log.push(line.to_owned()))?;
    ensure!(status == 0, "{} ended with status {status}; {}", elf.display(), log.join("; "));
    let text = fs::read_to_string(&answer).context("QEMU did not count: is it one with plugins (Debian's is)?")?;
    let counts = options::parse_answer(&text).context("the plugin's answer is not in its form")?;
    ensure!(!counts.is_empty(), "{} never passed its marks", elf.display());
    Ok(counts)
}

/// QEMU's option that loads the plugin.
///
/// # Errors
/// If it was not built.
pub fn plugin_option(options: &Options) -> Result<[String; 2]> {
    let library = plugin()?.display().to_string().replace(',', ",,");
    Ok(["-plugin".to_owned(), format!("{library},{}", options.to_text())])
}

fn marks(elf: &Path) -> Result<Marks> {
    let bytes = fs::read(elf).with_context(|| format!("{} cannot be read", elf.display()))?;
    let file = object::File::parse(&*bytes)?;
    let address = |name: &str| {
        let symbol = file.symbols().find(|symbol| symbol.name() == Ok(name));
        // The lowest bit of a function's address says that it is Thumb code.
        let address = symbol.with_context(|| format!("{} has no {name}", elf.display()))?.address() & !1;
        Ok::<u32, anyhow::Error>(u32::try_from(address)?)
    };
    Ok(Marks { begin: address(MARKS[0])?, end: address(MARKS[1])? })
}

/// The plugin, which lies beside this program or where cargo keeps dependencies.
fn plugin() -> Result<PathBuf> {
    let program = env::current_exe()?;
    let folder = program.parent().context("a program lies in a folder")?;
    for place in [folder.join(PLUGIN), folder.join("deps").join(PLUGIN)] {
        if place.is_file() {
            return Ok(place);
        }
    }
    bail!("{PLUGIN} is not beside {}: build it with cargo build --package pocketgan-cycles", program.display())
}
