//! Building the firmware, as a user does in its folder.

use crate::child::BoundChild;
use crate::files;
use anyhow::{Context, Result, ensure};
use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

#[path = "../../../firmware/boards/table.rs"]
mod table;
pub use table::{BOARDS, Board, Chip, Format, MODEL_VARIABLE, Machine, Memory, V6M};

/// The board that is built by default.
pub const DEFAULT_BOARD: &str = "mps2-an386";

/// The firmware's folder.
///
/// # Panics
/// If this package was moved out of the repository.
pub fn folder() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).expect("tests/emulation lies in the repository").join("firmware")
}

/// The committed model that is in the default board's flash.
pub fn model() -> PathBuf {
    model_file(board(DEFAULT_BOARD).models[0])
}

/// The file of the committed model of this name.
pub fn model_file(name: &str) -> PathBuf {
    folder().join("models").join(name).with_extension("pgan")
}

/// Runs `cargo build --release` with more arguments in the firmware's folder.
///
/// # Errors
/// If the build fails; the compiler's messages are on stderr.
pub fn build(arguments: &[&str]) -> Result<()> {
    run(cargo().arg("build").args(["--release", "--target-dir", "target"]).args(arguments))
}

/// `cargo` in the firmware's folder; in a closed network with the compiler that tests/setup installs there.
pub fn cargo() -> Command {
    command("cargo")
}

/// A program that calls `cargo`, in the firmware's folder and with the compiler of [`cargo`].
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder());
    if is_closed_network() {
        command.envs(include_str!("../../closed-network.env").lines().filter_map(|line| line.split_once('=')));
    }
    command
}

/// Whether the firmware is built as in a closed network: by a compiler that also builds the libraries of its targets.
pub fn is_closed_network() -> bool {
    env::var_os("POCKETGAN_CLOSED_NETWORK").is_some_and(|value| !value.is_empty())
}

fn run(cargo: &mut Command) -> Result<()> {
    let status = BoundChild::spawn(cargo).and_then(|mut cargo| cargo.wait()).context("cargo could not be started")?;
    ensure!(status.success(), "{cargo:?} failed");
    Ok(())
}

/// The board of this name.
///
/// # Panics
/// If there is none.
pub fn board(name: &str) -> &'static Board {
    BOARDS.iter().find(|board| board.name == name).unwrap_or_else(|| panic!("there is no board {name}"))
}

/// The boards that QEMU models.
pub fn emulated() -> impl Iterator<Item = &'static Board> {
    BOARDS.iter().filter(|board| board.machine.is_some())
}

/// Builds a program for the default board with its first model and returns its ELF file.
///
/// # Errors
/// Those of [`elf_for`].
pub fn elf(program: &str) -> Result<PathBuf> {
    elf_for(board(DEFAULT_BOARD), program)
}

/// Builds a program for a board with its first model and returns its ELF file.
///
/// # Errors
/// Those of [`build`], and if the file cannot be copied.
pub fn elf_for(board: &Board, program: &str) -> Result<PathBuf> {
    elf_with(board, board.models[0], program)
}

/// Builds a program for a board and a model, once per process, and returns its ELF file.
///
/// # Errors
/// Those of [`elf_for`].
pub fn elf_with(board: &Board, model: &str, program: &str) -> Result<PathBuf> {
    elf_once(board, &format!("{}{}", board.name, program_features(program)), model, program)
}

/// The features that a program of the tests needs besides its board, as firmware/Cargo.toml says.
fn program_features(program: &str) -> &'static str {
    match program {
        "kernel-test" => ",test-support",
        "train-step" => ",train",
        _ => "",
    }
}

/// Builds a program for a board's chip instead of QEMU, with its first model, and returns its ELF file.
///
/// # Errors
/// Those of [`elf_for`].
pub fn elf_for_chip(board: &Board, program: &str) -> Result<PathBuf> {
    elf_once(board, &chip_features(board), board.models[0], program)
}

fn chip_features(board: &Board) -> String {
    format!("{},probe", board.name)
}

fn elf_once(board: &Board, features: &str, model: &str, program: &str) -> Result<PathBuf> {
    static BUILT: Mutex<BTreeMap<[String; 4], PathBuf>> = Mutex::new(BTreeMap::new());
    // A failed build leaves no entry, so the map of a poisoned lock is intact.
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let key = [board.target, features, model, program].map(str::to_owned);
    if let Some(elf) = built.get(&key) {
        return Ok(elf.clone());
    }
    let elf = build_elfs(board, features, model, &[program])?.remove(0);
    built.insert(key, elf.clone());
    Ok(elf)
}

/// Builds programs for a board's chip with a model, and returns their ELF files.
///
/// # Errors
/// Those of [`elf_for`].
pub fn elfs_for_chip(board: &Board, model: &str, programs: &[&str]) -> Result<Vec<PathBuf>> {
    build_elfs(board, &chip_features(board), model, programs)
}

fn build_elfs(board: &Board, features: &str, model: &str, programs: &[&str]) -> Result<Vec<PathBuf>> {
    let target = folder().join("target");
    fs::create_dir_all(&target)?;
    // Boards of one target are built in the same folder: one at a time, each result copied out of it.
    let lock = File::create(target.join("tests-build.lock"))?;
    lock.lock()?;
    let mut cargo = cargo();
    cargo.env(MODEL_VARIABLE, model).args(["build", "--release", "--quiet", "--target-dir", "target"]);
    cargo.args(["--no-default-features", "--features", features, "--target", board.target]);
    run(cargo.args(programs.iter().flat_map(|program| ["--bin", program])))?;
    let model = Path::new(model).file_stem().unwrap_or_default().display();
    let kept = target.join("boards").join(format!("{features}-{}-{model}", board.target));
    fs::create_dir_all(&kept)?;
    let keep = |program: &&str| {
        let copy = kept.join(program);
        files::copy(&target.join(board.target).join("release").join(program), &copy).map(|()| copy)
    };
    programs.iter().map(keep).collect()
}
