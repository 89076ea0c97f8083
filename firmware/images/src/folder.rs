//! The folder of files, and the list in it: what each is for, its size and its SHA-256.

use crate::programs::{File, flashing};
use anyhow::{Context, Result};
use pocketgan_emulation::files;
use sha2::{Digest, Sha256};
use std::{fmt::Write, fs, path::Path};

/// The name of the list. `sha256sum --check` reads it, for which lines that begin with # are comments.
pub const SUMS: &str = "SHA256SUMS";

/// Writes each file whole or not at all, and the list last.
///
/// # Errors
/// If the folder cannot be made or written.
pub fn write(folder: &Path, files: &[File]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    for file in files {
        files::write(&folder.join(&file.name), &file.bytes)?;
    }
    files::write(&folder.join(SUMS), sums(files).as_bytes())
}

/// The list: of each board what to do with its files, and of each file its size and sum.
fn sums(files: &[File]) -> String {
    let mut text = format!("# {}\n", HEAD.replace('\n', "\n# "));
    for of_board in files.chunk_by(|a, b| a.board.name == b.board.name) {
        let Some(first) = of_board.first() else { continue };
        // A string takes everything.
        let _ = writeln!(text, "#\n# {}, with the model {}: {}.", first.board.name, first.model, flashing(first.board));
        for File { name, bytes, flash, board, .. } in of_board {
            let room = board.whole_flash().len();
            let _ = writeln!(text, "# {name}: {} bytes, for {flash} of the flash's {room}", bytes.len());
            let _ = writeln!(text, "{}  {name}", sum(bytes));
        }
    }
    text
}

const HEAD: &str = concat!(
    "Programs of pocketgan ",
    env!("CARGO_PKG_VERSION"),
    " for boards, and what to do with their files. sha256sum --check SHA256SUMS checks them.\n",
    "draw sends four digits over the serial line (115,200 baud) when the board starts, and four others for each key\n",
    "pressed in a serial terminal; console answers `pocketgan device`; show draws on the board's display."
);

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
