//! `run-firmware ELF [ARGUMENTS...]`: cargo's runner for the firmware.
//!
//! A program that was built for a chip (feature `probe`) is flashed with probe-rs, which shows its log until Ctrl-C; it
//! takes no arguments. Any other program runs in QEMU, or for a Pico in rp2040js, of which the same holds: its serial line
//! goes to stdout, its log to stderr, and its exit status is the runner's. QEMU is killed after 60 seconds, or after
//! POCKETGAN_QEMU_SECONDS.
//!
//! With POCKETGAN_QEMU_SERIAL=tcp:HOST:PORT or unix:PATH, QEMU listens there for the other end of the serial line, such
//! as `pocketgan device --port`. The default limit is then an hour.

use anyhow::{Context, Result, ensure};
use pocketgan_emulation::{
    probe, qemu,
    serial::{self, Socket},
};
use std::{env, fs, io, path::Path, process, time::Duration};

const LIMIT_VARIABLE: &str = "POCKETGAN_QEMU_SECONDS";
const DEFAULT_LIMIT: Duration = Duration::from_secs(60);
const SERIAL_VARIABLE: &str = "POCKETGAN_QEMU_SERIAL";
const SERVING_LIMIT: Duration = Duration::from_secs(3600);
/// Not a status of the firmware; the same as that of `timeout`.
const FAILED: i32 = 124;

fn main() {
    process::exit(run().unwrap_or_else(|error| {
        eprintln!("run-firmware: {error:#}");
        FAILED
    }))
}

fn run() -> Result<i32> {
    let words: Vec<String> = env::args().skip(1).collect();
    let (elf, arguments) = words.split_first().context("the ELF file to run is missing")?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let bytes = fs::read(elf).with_context(|| format!("{elf} cannot be read"))?;
    if let Some(chip) = probe::chip(&bytes)? {
        let given = arguments.join(" ");
        ensure!(arguments.is_empty(), "a program on a chip has no command line: it cannot take {given}");
        return probe::run(Path::new(elf), &chip);
    }
    emulate(Path::new(elf), &arguments)
}

fn emulate(elf: &Path, arguments: &[&str]) -> Result<i32> {
    let log = |line: &str| eprintln!("{line}");
    let Ok(socket) = env::var(SERIAL_VARIABLE) else {
        return qemu::stream(elf, arguments, limit(DEFAULT_LIMIT)?, &mut io::stdout(), log);
    };
    let parsed = Socket::parse(&socket).context(SERIAL_VARIABLE)?;
    eprintln!("run-firmware: the serial line is at {socket}; stop with Ctrl-C");
    serial::serve(elf, arguments, &parsed, limit(SERVING_LIMIT)?, log)
}

fn limit(default: Duration) -> Result<Duration> {
    let Ok(text) = env::var(LIMIT_VARIABLE) else { return Ok(default) };
    let seconds = text.parse().with_context(|| format!("{LIMIT_VARIABLE} must be whole seconds, not {text:?}"))?;
    Ok(Duration::from_secs(seconds))
}
