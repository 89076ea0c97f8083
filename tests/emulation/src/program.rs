//! What an ELF file of the firmware says about itself, by symbols that the firmware's build script defines.

use crate::firmware::{BOARDS, Board};
use crate::log::Formats;
use anyhow::{Context, Result};
use object::{Object, ObjectSymbol};
use std::{fs, path::Path};

/// Prefix of the symbol that names the board.
const BOARD_SYMBOL: &str = "pocketgan_board_";
/// Prefix of the symbol that names the chip, in a program that is built for one.
const CHIP_SYMBOL: &str = "pocketgan_chip_";
/// The symbol of a program that counts instructions.
const COUNTING_SYMBOL: &str = "pocketgan_counts_instructions";

/// A program of the firmware.
pub(crate) struct Program {
    pub(crate) board: &'static Board,
    pub(crate) counts_instructions: bool,
    /// Whether it was built for a chip, where no debugger answers it.
    pub(crate) is_for_chip: bool,
    pub(crate) log: Formats,
}

impl Program {
    /// Reads an ELF file.
    ///
    /// # Errors
    /// If it cannot be read, or if it is not pocketgan's firmware for a known board.
    pub(crate) fn read(elf: &Path) -> Result<Self> {
        let bytes = fs::read(elf).with_context(|| format!("{} cannot be read", elf.display()))?;
        Self::parse(&bytes).with_context(|| format!("{} cannot be run", elf.display()))
    }

    fn parse(elf: &[u8]) -> Result<Self> {
        let file = object::File::parse(elf)?;
        let names = || file.symbols().filter_map(|symbol| symbol.name().ok());
        let symbol = names().find_map(|name| name.strip_prefix(BOARD_SYMBOL));
        let symbol = symbol.with_context(|| format!("it is not pocketgan's firmware (no symbol {BOARD_SYMBOL}...)"))?;
        let board = BOARDS.iter().find(|board| board.symbol() == symbol);
        Ok(Self {
            board: board.with_context(|| format!("its board {symbol} is unknown"))?,
            is_for_chip: names().any(|name| name.starts_with(CHIP_SYMBOL)),
            counts_instructions: names().any(|name| name == COUNTING_SYMBOL),
            log: Formats::of(elf)?,
        })
    }
}

/// The chip that an ELF file was built for, by the name that probe-rs has for it; none if it was built for QEMU.
///
/// # Errors
/// If it is not an ELF file.
pub fn chip(elf: &[u8]) -> Result<Option<String>> {
    let file = object::File::parse(elf)?;
    Ok(file.symbols().find_map(|symbol| Some(symbol.name().ok()?.strip_prefix(CHIP_SYMBOL)?.to_owned())))
}
