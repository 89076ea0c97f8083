//! `photograph FILE.png [NUMBER]`: takes the picture of the lm3s6965evb's OLED while the firmware's counter stands at NUMBER
//! (0 unless told). docs/oled.png was made so.

use anyhow::{Context, Result, ensure};
use pocketgan_tests::{firmware, live::Live, panel::Panel};
use std::{env, fs::Permissions, io::Write, os::unix::fs::PermissionsExt, path::Path, process, time::Duration};
use tempfile::Builder;

const LIMIT: Duration = Duration::from_secs(30);
const BOARD: &str = "lm3s6965evb";

fn main() {
    if let Err(error) = run() {
        eprintln!("photograph: {error:#}");
        process::exit(1);
    }
}

fn run() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    ensure!((1..=2).contains(&words.len()), "it takes the PNG file to write, and a number if you like");
    let number: u32 = words.get(1).map_or(Ok(0), |word| word.parse()).context("the number is one from 0 to 9999")?;
    let png = panel(number)?.png()?;
    write(Path::new(&words[0]), &png).with_context(|| format!("{} cannot be written", words[0]))
}

/// What the panel shows when the counter stands at `number`.
fn panel(number: u32) -> Result<Panel> {
    let elf = firmware::elf_for(firmware::board(BOARD), "show")?;
    let mut live = Live::start(&elf, &["--step", "--number", &number.to_string()], "", LIMIT)?;
    // Before it come the digits, as text.
    let mut line = live.line()?;
    while !line.starts_with("number ") {
        line = live.line()?;
    }
    ensure!(line == format!("number {number}"), "the firmware says: {line}");
    Panel::from_screen(&live.screen()?)
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As any new file, and not for its owner alone, as temporary ones are.
    let mut file = Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}
