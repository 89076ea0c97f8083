//! Builds programs for boards, and makes of each the file with which its board is flashed.

use crate::{intel_hex, options::Build, uf2};
use anyhow::{Context, Result, ensure};
use pocketgan_emulation::{
    firmware::{self, Board, Chip, Format},
    image::Image,
};
use std::{collections::BTreeSet, fs, path::Path, process::Command};

/// A file with which a board is flashed.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
    /// The board it is for.
    pub board: &'static Board,
    /// The model in it.
    pub model: String,
    /// Bytes of flash that the program takes.
    pub flash: usize,
}

/// Builds everything; calls `starts` before each board.
///
/// # Errors
/// If a target is missing or a build fails; the compiler's messages are on stderr.
pub fn build(builds: &[Build], starts: impl Fn(&Build)) -> Result<Vec<File>> {
    check_targets(builds.iter().map(|build| build.board.target).collect())?;
    let mut files = Vec::new();
    for build in builds {
        starts(build);
        let elfs = firmware::elfs_for_chip(build.board, &build.model, &build.programs).with_context(|| {
            format!("{} could not be built for {}; the reason is above", build.programs.join(", "), build.board.name)
        })?;
        for (program, elf) in build.programs.iter().zip(elfs) {
            let file = file(build, program, &fs::read(&elf)?);
            files.push(file.with_context(|| format!("{} cannot be flashed", elf.display()))?);
        }
    }
    Ok(files)
}

/// The file of a program from its ELF file.
fn file(build: &Build, program: &str, elf: &[u8]) -> Result<File> {
    let Build { board, model, .. } = build;
    let image = Image::of(elf, board.whole_flash())?;
    let format = board.chip.context("the board exists in QEMU only")?.format;
    let name = format!("{}-{program}.{}", board.name, format.ending());
    let flash = image.bytes.len();
    Ok(File { name, bytes: encode(&image, format), board, model: model.clone(), flash })
}

/// An image of a flash in a format.
pub fn encode(image: &Image, format: Format) -> Vec<u8> {
    match format {
        Format::Uf2 { family } => uf2::file(image, family),
        Format::Hex => intel_hex::file(image).into_bytes(),
        Format::Bin => image.bytes.clone(),
    }
}

/// That the compiler can build for all targets: cargo's own message would name neither the command nor the folder.
fn check_targets(targets: BTreeSet<&str>) -> Result<()> {
    // In a closed network another compiler builds the libraries of the targets, too.
    if firmware::is_closed_network() {
        return Ok(());
    }
    let missing: Vec<_> = targets.into_iter().filter(|target| !has_target(target)).collect();
    let names = missing.join(" ");
    ensure!(
        missing.is_empty(),
        "the compiler cannot build for these boards yet: run `rustup target add {names}` in firmware"
    );
    Ok(())
}

fn has_target(target: &str) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", target]).current_dir(firmware::folder());
    let folder = rustc.output().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    folder.is_ok_and(|folder| Path::new(&folder).is_dir())
}

/// What to do with a file: of the chip that boards/table.rs names.
pub fn flashing(board: &Board) -> &'static str {
    board.chip.map_or("", |Chip { flashing, .. }| flashing)
}
