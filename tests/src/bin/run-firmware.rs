//! `run-firmware ELF [ARGUMENTS...]`: cargo's runner for the firmware.
//!
//! A program that was built for a chip (feature `probe`) is flashed with probe-rs, which shows its log until Ctrl-C; it
//! takes no arguments. Any other is run in QEMU: the serial line comes out on stdout, the log on stderr, and the
//! program's exit status is this one's. QEMU is killed after 60 seconds, or as many as the environment variable
//! POCKETGAN_QEMU_SECONDS says.
//!
//! With POCKETGAN_QEMU_SERIAL=tcp:HOST:PORT or unix:PATH, QEMU listens there, and whoever connects is at the serial line's
//! other end: `pocketgan device --port`, say. Then the program may run for an hour unless told otherwise.

use anyhow::{Context, Result, ensure};
use pocketgan_tests::{
    probe, qemu,
    serial::{self, Socket},
};
use std::{env, fs, io, path::Path, process, time::Duration};

const LIMIT_VARIABLE: &str = "POCKETGAN_QEMU_SECONDS";
const DEFAULT_LIMIT: Duration = Duration::from_secs(60);
const SERIAL_VARIABLE: &str = "POCKETGAN_QEMU_SERIAL";
const ATTENDED_LIMIT: Duration = Duration::from_secs(3600);

fn main() {
    process::exit(run().unwrap_or_else(|error| {
        eprintln!("run-firmware: {error:#}");
        // Not a status of the firmware's, and the one that `timeout` gives.
        124
    }))
}

fn run() -> Result<i32> {
    let words: Vec<String> = env::args().skip(1).collect();
    let (elf, arguments) = words.split_first().context("the ELF file to run is missing")?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let bytes = fs::read(elf).with_context(|| format!("{elf} cannot be read"))?;
    if let Some(chip) = probe::chip(&bytes)? {
        ensure!(
            arguments.is_empty(),
            "a program on a chip has no command line, so it takes no {}",
            arguments.join(" ")
        );
        return probe::run(Path::new(elf), &chip);
    }
    let (elf, tell) = (Path::new(elf), |line: &str| eprintln!("{line}"));
    let Ok(socket) = env::var(SERIAL_VARIABLE) else {
        return qemu::stream(elf, &arguments, limit(DEFAULT_LIMIT)?, &mut io::stdout(), tell);
    };
    let parsed = Socket::parse(&socket).context(SERIAL_VARIABLE)?;
    eprintln!("run-firmware: the serial line is at {socket}; end with Ctrl-C");
    serial::attend(elf, &arguments, &parsed, limit(ATTENDED_LIMIT)?, tell)
}

fn limit(default: Duration) -> Result<Duration> {
    let Ok(text) = env::var(LIMIT_VARIABLE) else { return Ok(default) };
    let seconds = text.parse().with_context(|| format!("{LIMIT_VARIABLE} needs whole seconds, not {text:?}"))?;
    Ok(Duration::from_secs(seconds))
}
