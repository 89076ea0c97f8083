//! `screenshot FILE.png [NUMBER | WORD [MODEL.pgan]]`: saves what the lm3s6965evb's OLED shows while the firmware's counter
//! stands at NUMBER (default 0), or the first page of WORD, written by the classes of a model. docs/oled.png was made with it.

use anyhow::{Context, Result, ensure};
use pocketgan_emulation::{files, firmware, live::Live, panel::Panel};
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
    ensure!((1..=3).contains(&words.len()), "usage: screenshot FILE.png [NUMBER | WORD [MODEL.pgan]]");
    let shown = words.get(1).map_or("0", String::as_str);
    let arguments = if shown.parse::<u32>().is_ok() { ["--number", shown] } else { ["--text", shown] };
    let model = words.get(2).map(fs::canonicalize).transpose().context("MODEL.pgan")?;
    let png = panel(arguments, model.as_deref())?.png()?;
    files::write(Path::new(&words[0]), &png)
}

/// What the panel shows first with `arguments` and a committed model or another.
fn panel(arguments: [&str; 2], model: Option<&Path>) -> Result<Panel> {
    let board = firmware::board(BOARD);
    let elf = match model {
        Some(model) => firmware::elf_with(board, &model.display().to_string(), "show")?,
        None => firmware::elf_for(board, "show")?,
    };
    let [option, shown] = arguments;
    let mut live = Live::start(&elf, &["--step", option, shown], "", LIMIT)?;
    let mut line = live.line()?;
    // The pictures come first, as text.
    while !line.starts_with("number ") && !line.starts_with("page ") {
        ensure!(!line.starts_with("show: "), "the firmware prints: {line}");
        line = live.line()?;
    }
    let expected = if option == "--number" { format!("number {shown}") } else { "page 0".to_owned() };
    ensure!(line == expected, "the firmware prints: {line}");
    Panel::from_screen(&live.screen()?)
}
