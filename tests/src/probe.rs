//! Running a program of the firmware on a chip, through a debug probe and probe-rs.

use anyhow::{Context, Result, anyhow, ensure};
use object::{Object, ObjectSymbol};
use std::{io::ErrorKind, path::Path, process::Command};

/// The symbol by which the build script marks an ELF file for a chip begins so.
const CHIP_MARK: &str = "pocketgan_chip_";

/// The chip that an ELF file was built for, as probe-rs calls it; none if it was built for QEMU.
///
/// # Errors
/// If it is no ELF file.
pub fn chip(elf: &[u8]) -> Result<Option<String>> {
    let file = object::File::parse(elf)?;
    Ok(file.symbols().find_map(|symbol| Some(symbol.name().ok()?.strip_prefix(CHIP_MARK)?.to_owned())))
}

/// Flashes `elf` and shows its log until it is interrupted; returns the status of probe-rs.
///
/// # Errors
/// If probe-rs is missing, or there is no debug probe.
pub fn run(elf: &Path, chip: &str) -> Result<i32> {
    let listed = Command::new("probe-rs").arg("list").output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            anyhow!("probe-rs is not installed; see https://probe.rs/docs/getting-started/installation")
        }
        _ => anyhow!(error).context("probe-rs could not be started"),
    })?;
    // A numbered line a probe, below a headline.
    let has_probe = String::from_utf8_lossy(&listed.stdout).lines().any(|line| line.starts_with('['));
    ensure!(
        has_probe,
        "probe-rs sees no debug probe; connect the board's (and look at the udev rules if it is connected)"
    );
    let status = Command::new("probe-rs").args(["run", "--chip", chip]).arg(elf).status();
    let status = status.context("probe-rs could not be started")?;
    status.code().ok_or_else(|| anyhow!("probe-rs died: {status}"))
}
