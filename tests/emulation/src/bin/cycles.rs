//! `cycles [BOARD [MODEL]]`: how many cycles and milliseconds a digit takes, estimated; for all boards, or for one.
//!
//! BOARD is a name in the table that is printed without it, MODEL is int8, mixed or int4. With `--mhz N` the clock is
//! another; with `--wait N` each line of 16 bytes of flash is waited for so many cycles (STM32F4's caches are assumed), and
//! with `--wait 0` none.

use anyhow::{Context, Result, bail, ensure};
use pocketgan_emulation::estimate::{self, SETTINGS, Setting, Waits};
use std::{env, process};

fn main() {
    if let Err(error) = run(env::args().skip(1)) {
        eprintln!("cycles: {error:#}");
        process::exit(1);
    }
}

fn run(mut words: impl Iterator<Item = String>) -> Result<()> {
    let (mut names, mut mhz, mut wait) = (Vec::new(), None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--mhz" => mhz = Some(number(&word, words.next())?),
            "--wait" => wait = Some(number(&word, words.next())?),
            option if option.starts_with('-') => bail!("there is no option {option}; there are --mhz N and --wait N"),
            _ => names.push(word),
        }
    }
    ensure!(names.len() <= 2, "at most a board and a model are named, not {}", names.join(" "));
    let chosen = chosen(names.first(), names.get(1))?;
    println!("{}", estimate::HEAD);
    for setting in chosen {
        let setting = changed(setting, mhz, wait)?;
        println!("{}", estimate::line(&setting, setting.count()?));
    }
    Ok(())
}

fn number(option: &str, word: Option<String>) -> Result<u32> {
    let word = word.with_context(|| format!("{option} needs a number"))?;
    word.parse().with_context(|| format!("{option} needs a number, not {word:?}"))
}

/// The settings of a board and a model.
fn chosen(board: Option<&String>, model: Option<&String>) -> Result<Vec<Setting>> {
    let of_board = |setting: &&Setting| board.is_none_or(|board| setting.board == board);
    let of_model = |setting: &&Setting| model.is_none_or(|model| setting.model.strip_prefix("mnist-") == Some(model));
    let found: Vec<_> = SETTINGS.iter().filter(of_board).filter(of_model).cloned().collect();
    let known: Vec<_> =
        SETTINGS.iter().map(|Setting { board, model, .. }| format!("{board} {}", &model[6..])).collect();
    ensure!(!found.is_empty(), "there is no such board and model, but {}", known.join(", "));
    Ok(found)
}

fn changed(setting: Setting, mhz: Option<u32>, wait: Option<u32>) -> Result<Setting> {
    ensure!(mhz != Some(0), "a clock has more than 0 MHz");
    let waits = match wait {
        None => setting.waits,
        Some(0) => None,
        Some(cycles) => Some(Waits { cycles: cycles.into(), line: 16, code: 64, data: 8 }),
    };
    let assumption = if wait.is_some() { "as asked" } else { setting.assumption };
    Ok(Setting { mhz: mhz.unwrap_or(setting.mhz), waits, assumption, ..setting })
}
