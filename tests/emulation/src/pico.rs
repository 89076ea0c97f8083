//! A Raspberry Pi Pico in rp2040js, an emulator in JavaScript: the programs in `tests/emulation/pico`, run by Node.
//!
//! It runs flat images, as they are flashed. A program that was built for the emulator gets its arguments from an attached
//! debugger (semihosting), as in QEMU; one that was built for the chip has none, and its bytes are the ones of a real board.

use crate::child::BoundChild;
use crate::files;
use crate::firmware;
use crate::image::Image;
use crate::line::Line;
use crate::program::Program;
use crate::qemu;
use crate::socket::{Listener, remaining};
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::{
    fs::{self, File},
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The folder of the emulator's program.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pico")
}

/// The command line of the emulator for a program. Others connect to its USB; this process, to its UART.
///
/// # Errors
/// If its image cannot be made or written, or if the emulator cannot be installed.
pub(crate) fn command(program: &Program, elf: &Path, arguments: &[&str], serial: &Line) -> Result<Command> {
    let image = image_of(elf)?;
    let file = elf.with_extension("bin");
    files::write(&file, &image)?;
    let mut command = emulator(&file, serial)?;
    if !program.is_for_chip {
        let name = elf.file_stem().unwrap_or_default().to_string_lossy();
        let words = [name.as_ref()].into_iter().chain(arguments.iter().copied());
        command.arg("--arguments").arg(words.collect::<Vec<_>>().join(" "));
    }
    Ok(command)
}

/// The contents of the flash with a program for the Pico in it, from 0x10000000 on.
///
/// # Errors
/// If the file cannot be read, or if it has no such image.
pub fn image_of(elf: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(elf).with_context(|| format!("{} cannot be read", elf.display()))?;
    Ok(Image::of(&bytes, firmware::board("pico").whole_flash())?.bytes)
}

/// The emulator with a flat image in its flash.
fn emulator(image: &Path, serial: &Line) -> Result<Command> {
    install()?;
    let mut command = Command::new("node");
    command.arg(folder().join("main.js")).arg(image);
    match serial {
        Line::To(_) => command.arg("--connect"),
        Line::For(_) => command.args(["--usb", "--listen"]),
    };
    command.arg(serial.address());
    Ok(command)
}

/// Fetches rp2040js in the version that package-lock.json has, unless it is there.
fn install() -> Result<()> {
    let folder = folder();
    let lock = File::create(folder.join(".install.lock"))?;
    lock.lock()?;
    if folder.join("node_modules/.package-lock.json").is_file() {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]).current_dir(folder);
    let status = npm.stdin(Stdio::null()).stdout(Stdio::null()).status().map_err(|error| match error.kind() {
        ErrorKind::NotFound => anyhow!("npm is not installed; tests/setup installs it"),
        _ => anyhow!(error).context("npm could not be started"),
    })?;
    ensure!(status.success(), "npm could not install rp2040js, which emulates the Pico");
    Ok(())
}

/// Runs the contents of a Pico's flash from 0x10000000 on, without a debugger, until `is_enough` of what its UART has sent,
/// and returns that.
///
/// # Errors
/// If the emulator cannot be started or ends, and if the time limit is over first.
pub fn run_image(image: &Path, is_enough: impl Fn(&[u8]) -> bool, limit: Duration) -> Result<Vec<u8>> {
    let (listener, deadline) = (Listener::open()?, Instant::now() + limit);
    let mut emulator = emulator(image, &listener.line()?)?;
    let mut emulator: BoundChild = qemu::start(emulator.stdin(Stdio::null()))?;
    let mut serial = listener.accept(&mut emulator, deadline)?;
    let (mut sent, mut bytes) = (Vec::new(), [0; 4096]);
    while !is_enough(&sent) {
        let left = remaining(deadline).with_context(|| format!("the UART has sent {} bytes", sent.len()))?;
        serial.set_read_timeout(Some(left))?;
        match serial.read(&mut bytes) {
            Ok(0) => bail!("the emulator has ended"),
            Ok(n) => sent.extend(&bytes[..n]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error).context("the emulator's line broke"),
        }
    }
    Ok(sent)
}
