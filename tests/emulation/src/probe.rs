//! Running a program of the firmware on a chip, through a debug probe and probe-rs.

pub use crate::program::chip;
use anyhow::{Context, Result, anyhow, ensure};
use std::{io, io::ErrorKind, path::Path, process::Command};

/// Flashes `elf` and shows its log until it is interrupted; returns the exit status of probe-rs. On Unix probe-rs takes
/// the place of this process, so no signal misses it.
///
/// # Errors
/// If probe-rs is missing, or if there is no debug probe.
pub fn run(elf: &Path, chip: &str) -> Result<i32> {
    let list = Command::new("probe-rs").arg("list").output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            anyhow!("probe-rs is not installed; see https://probe.rs/docs/getting-started/installation")
        }
        _ => anyhow!(error).context("probe-rs could not be started"),
    })?;
    // Below a headline each probe has a numbered line.
    let has_probe = String::from_utf8_lossy(&list.stdout).lines().any(|line| line.starts_with('['));
    ensure!(
        has_probe,
        "probe-rs sees no debug probe; connect the board's, and check the udev rules if it is connected"
    );
    let mut command = Command::new("probe-rs");
    command.args(["run", "--chip", chip]).arg(elf);
    become_or_run(&mut command).context("probe-rs could not be started")
}

#[cfg(unix)]
fn become_or_run(command: &mut Command) -> io::Result<i32> {
    Err(std::os::unix::process::CommandExt::exec(command))
}

#[cfg(not(unix))]
fn become_or_run(command: &mut Command) -> io::Result<i32> {
    Ok(command.status()?.code().unwrap_or(1))
}
