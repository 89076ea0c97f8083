//! Programs of the firmware in QEMU with a serial line that goes both ways, each time under a limit.

use crate::log::Texts;
use crate::qemu;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::{
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Where the far end of a serial line is: a socket at which QEMU listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Socket {
    /// A port of the network.
    Tcp {
        /// The address to listen at.
        host: String,
        /// The port.
        port: u16,
    },
    /// A path on this machine.
    Unix(PathBuf),
}

impl Socket {
    /// Reads `tcp:HOST:PORT` or `unix:PATH`, the forms that `pocketgan device --port` takes.
    ///
    /// # Errors
    /// If it is neither.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Self::Unix(path.into()));
        }
        let address = text.strip_prefix("tcp:").and_then(|address| address.rsplit_once(':'));
        let parsed =
            address.and_then(|(host, port)| Some(Self::Tcp { host: host.to_owned(), port: port.parse().ok()? }));
        parsed.with_context(|| format!("a serial line needs tcp:HOST:PORT or unix:PATH, not {text:?}"))
    }

    /// QEMU's character device for it. In its values a comma is doubled.
    fn device(&self) -> String {
        let place = match self {
            Self::Tcp { host, port } => format!("host={},port={port},nodelay=on", host.replace(',', ",,")),
            Self::Unix(path) => format!("path={}", path.display().to_string().replace(',', ",,")),
        };
        // The program runs whether or not somebody is there, as a board does.
        format!("socket,{place},server=on,wait=off")
    }
}

/// Runs `elf` with its serial line at `socket`, passes on the log as it comes, and returns the exit status.
///
/// # Errors
/// If the file is no firmware of a known board, if QEMU is missing or dies, and if the program has not ended after
/// `limit`: then it is killed.
pub fn attend(
    elf: &Path,
    arguments: &[&str],
    socket: &Socket,
    limit: Duration,
    tell: impl FnMut(&str) + Send,
) -> Result<i32> {
    let (qemu, texts) = start(elf, arguments, socket)?;
    stay(qemu, &texts, limit, &AtomicBool::new(false), tell)
}

fn start(elf: &Path, arguments: &[&str], socket: &Socket) -> Result<(Child, Texts)> {
    let (wants, texts) = qemu::look_over(elf)?;
    let mut command = qemu::command(wants, elf, arguments, &socket.device());
    let qemu = qemu::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    Ok((qemu, texts))
}

fn stay(
    mut qemu: Child,
    texts: &Texts,
    limit: Duration,
    unwanted: &AtomicBool,
    tell: impl FnMut(&str) + Send,
) -> Result<i32> {
    let log = qemu.stdout.take().expect("stdout is piped");
    let status = thread::scope(|scope| {
        scope.spawn(|| qemu::decode(log, texts.decoder(), tell));
        qemu::wait(&mut qemu, limit, unwanted)
    })?;
    status.code().ok_or_else(|| anyhow!("QEMU died: {status}"))
}

/// A board that runs in the background, until it is dropped or its time is over.
#[derive(Debug)]
pub struct Board {
    path: PathBuf,
    unwanted: Arc<AtomicBool>,
    running: Option<JoinHandle<Result<i32>>>,
}

impl Board {
    /// Starts `elf` and waits until QEMU listens at the socket `path`, which must be free.
    ///
    /// # Errors
    /// Those of [`attend`], as far as they show at the start, and if QEMU does not listen within ten seconds.
    pub fn start(elf: &Path, path: &Path, limit: Duration) -> Result<Self> {
        ensure!(!path.exists(), "{} is there already", path.display());
        let (qemu, texts) = start(elf, &[], &Socket::Unix(path.to_owned()))?;
        let unwanted = Arc::new(AtomicBool::new(false));
        let stop = unwanted.clone();
        let running = thread::spawn(move || stay(qemu, &texts, limit, &stop, |_| ()));
        let board = Self { path: path.to_owned(), unwanted, running: Some(running) };
        board.wait_until_it_listens()?;
        Ok(board)
    }

    fn wait_until_it_listens(&self) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(10);
        while !self.path.exists() {
            let ended = self.running.as_ref().is_some_and(JoinHandle::is_finished);
            if ended || Instant::now() > end {
                bail!("QEMU does not listen at {}", self.path.display());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// The line, as `pocketgan device --port` takes it.
    pub fn port(&self) -> String {
        format!("unix:{}", self.path.display())
    }

    /// The socket's path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.unwanted.store(true, Relaxed);
        if let Some(running) = self.running.take() {
            // How it ended was its own business: it was killed.
            let _ = running.join();
        }
    }
}
