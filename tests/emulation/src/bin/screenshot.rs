//! `screenshot FILE.png [NUMBER]`: saves what the lm3s6965evb's OLED shows while the firmware's counter stands at NUMBER
//! (default 0). docs/oled.png was made with it.

use anyhow::{Context, Result, ensure};
use pocketgan_emulation::{firmware, live::Live, panel::Panel};
use std::{env, fs, path::Path, process, time::Duration};

const LIMIT: Duration = Duration::from_secs(30);
const BOARD: &str = "lm3s6965evb";

fn main() {
    if let Err(error) = run() {
        eprintln!("screenshot: {error:#}");
        process::exit(1);
    }
}

fn run() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    ensure!((1..=2).contains(&words.len()), "usage: screenshot FILE.png [NUMBER]");
    let number: u32 = words.get(1).map_or(Ok(0), |word| word.parse()).context("NUMBER is from 0 to 9999")?;
    let png = panel(number)?.png()?;
    write(Path::new(&words[0]), &png).with_context(|| format!("{} cannot be written", words[0]))
}

/// What the panel shows when the counter stands at `number`.
fn panel(number: u32) -> Result<Panel> {
    let elf = firmware::elf_for(firmware::board(BOARD), "show")?;
    let mut live = Live::start(&elf, &["--step", "--number", &number.to_string()], "", LIMIT)?;
    let mut line = live.line()?;
    // The digits come first, as text.
    while !line.starts_with("number ") {
        line = live.line()?;
    }
    ensure!(line == format!("number {number}"), "the firmware prints: {line}");
    Panel::from_screen(&live.screen()?)
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, path)).inspect_err(|_| {
        // It may not exist.
        let _ = fs::remove_file(&part);
    })?;
    Ok(())
}
