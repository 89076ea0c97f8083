//! Building the firmware, as a person would in its folder.

use anyhow::{Context, Result, ensure};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The target of the board that is built by default.
const DEFAULT_TARGET: &str = "thumbv7em-none-eabihf";

/// The firmware's folder.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("firmware")
}

/// The model in the firmware's flash, as it is committed.
pub fn model() -> PathBuf {
    folder().join("models/mnist-int8.pgan")
}

/// Runs `cargo build --release` in the firmware's folder with more arguments.
///
/// # Errors
/// If the build fails; what the compiler said is on stderr.
pub fn build(arguments: &[&str]) -> Result<()> {
    let status = Command::new("cargo")
        .args(["build", "--release", "--target-dir", "target"])
        .args(arguments)
        .current_dir(folder())
        .status()
        .context("cargo could not be started")?;
    ensure!(status.success(), "`cargo build --release {}` failed in firmware/", arguments.join(" "));
    Ok(())
}

/// Builds the firmware for its default board and gives the ELF file of one of its programs.
///
/// # Errors
/// Those of [`build`].
pub fn elf(program: &str) -> Result<PathBuf> {
    build(&["--quiet"])?;
    Ok(folder().join("target").join(DEFAULT_TARGET).join("release").join(program))
}
