//! `run-in-qemu ELF [ARGUMENTS...]`: cargo's runner for the firmware.
//!
//! The serial line comes out on stdout, the log on stderr, and the program's exit status is this one's. The program is
//! killed after 60 seconds, or as many as the environment variable POCKETGAN_QEMU_SECONDS says.

use anyhow::{Context, Result};
use pocketgan_tests::qemu;
use std::{env, io, path::Path, process, time::Duration};

const LIMIT_VARIABLE: &str = "POCKETGAN_QEMU_SECONDS";
const DEFAULT_LIMIT: Duration = Duration::from_secs(60);

fn main() {
    process::exit(run().unwrap_or_else(|error| {
        eprintln!("run-in-qemu: {error:#}");
        // Not a status of the firmware's, and the one that `timeout` gives.
        124
    }))
}

fn run() -> Result<i32> {
    let words: Vec<String> = env::args().skip(1).collect();
    let (elf, arguments) = words.split_first().context("the ELF file to run is missing")?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    qemu::stream(Path::new(elf), &arguments, limit()?, &mut io::stdout(), |line| eprintln!("{line}"))
}

fn limit() -> Result<Duration> {
    let Ok(text) = env::var(LIMIT_VARIABLE) else { return Ok(DEFAULT_LIMIT) };
    let seconds = text.parse().with_context(|| format!("{LIMIT_VARIABLE} needs whole seconds, not {text:?}"))?;
    Ok(Duration::from_secs(seconds))
}
