//! Building the firmware, as a person would in its folder.

use anyhow::{Context, Result, ensure};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

#[path = "../../firmware/boards/table.rs"]
mod table;
pub use table::{BOARDS, Board, MODEL_VARIABLE, V6M};

/// The board that is built by default.
pub const DEFAULT_BOARD: &str = "mps2-an386";

/// The firmware's folder.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("firmware")
}

/// The model in the flash of the default board, as it is committed.
pub fn model() -> PathBuf {
    model_file(board(DEFAULT_BOARD).models[0])
}

/// The file of a model of this name, as it is committed.
pub fn model_file(name: &str) -> PathBuf {
    folder().join("models").join(name).with_extension("pgan")
}

/// Runs `cargo build --release` in the firmware's folder with more arguments.
///
/// # Errors
/// If the build fails; what the compiler said is on stderr.
pub fn build(arguments: &[&str]) -> Result<()> {
    build_with(&mut Command::new("cargo"), arguments)
}

fn build_with(cargo: &mut Command, arguments: &[&str]) -> Result<()> {
    let status = cargo
        .args(["build", "--release", "--target-dir", "target"])
        .args(arguments)
        .current_dir(folder())
        .status()
        .context("cargo could not be started")?;
    ensure!(status.success(), "`cargo build --release {}` failed in firmware/", arguments.join(" "));
    Ok(())
}

/// The board of this name.
///
/// # Panics
/// If there is none.
pub fn board(name: &str) -> &'static Board {
    BOARDS.iter().find(|board| board.name == name).unwrap_or_else(|| panic!("there is no board {name}"))
}

/// Builds a program for the default board with its first model and gives its ELF file.
///
/// # Errors
/// Those of [`elf_for`].
pub fn elf(program: &str) -> Result<PathBuf> {
    elf_for(board(DEFAULT_BOARD), program)
}

/// Builds a program for a board with its first model and gives its ELF file.
///
/// # Errors
/// Those of [`build`], and if the file cannot be copied.
pub fn elf_for(board: &Board, program: &str) -> Result<PathBuf> {
    elf_with(board, board.models[0], program)
}

/// Builds a program for a board and a model, once a run of the tests, and gives its ELF file.
///
/// # Errors
/// Those of [`elf_for`].
pub fn elf_with(board: &Board, model: &str, program: &str) -> Result<PathBuf> {
    elf_once(board, board.name, model, program)
}

/// Builds a program for a board's chip instead of QEMU, with its first model, and gives its ELF file.
///
/// # Errors
/// Those of [`elf_for`].
pub fn elf_for_chip(board: &Board, program: &str) -> Result<PathBuf> {
    elf_once(board, &format!("{},probe", board.name), board.models[0], program)
}

fn elf_once(board: &Board, features: &str, model: &str, program: &str) -> Result<PathBuf> {
    static BUILT: Mutex<BTreeMap<[String; 4], PathBuf>> = Mutex::new(BTreeMap::new());
    // A failed build leaves no half-made entry, so a poisoned lock is as good.
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let key = [board.target, features, model, program].map(str::to_owned);
    if let Some(elf) = built.get(&key) {
        return Ok(elf.clone());
    }
    let elf = build_elf(board, features, model, program)?;
    built.insert(key, elf.clone());
    Ok(elf)
}

fn build_elf(board: &Board, features: &str, model: &str, program: &str) -> Result<PathBuf> {
    let target = folder().join("target");
    fs::create_dir_all(&target)?;
    // Boards with the same core are built in the same place. So one build at a time, and its result is put aside.
    let lock = File::create(target.join("tests-build.lock"))?;
    lock.lock()?;
    let arguments =
        ["--quiet", "--no-default-features", "--features", features, "--target", board.target, "--bin", program];
    build_with(Command::new("cargo").env(MODEL_VARIABLE, model), &arguments)?;
    let kept = target.join("boards").join(format!("{features}-{}-{model}", board.target));
    fs::create_dir_all(&kept)?;
    replace(&target.join(board.target).join("release").join(program), &kept.join(program))
}

/// Copies a file over another that may be running or being read, and returns the copy's path.
fn replace(from: &Path, to: &Path) -> Result<PathBuf> {
    let part = to.with_extension("part");
    fs::copy(from, &part).with_context(|| format!("{} cannot be copied", from.display()))?;
    fs::rename(&part, to)?;
    Ok(to.to_owned())
}
