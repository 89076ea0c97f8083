//! Running a program of the firmware in QEMU while another program uses its serial line.

use crate::child::BoundChild;
use crate::line::Line;
use crate::program::Program;
use crate::qemu;
use crate::socket::listens;
use anyhow::{Context, Result, bail, ensure};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A socket at which QEMU listens for the other end of the serial line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Socket {
    /// A TCP port.
    Tcp {
        /// The address to listen at.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Unix domain socket.
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
}

/// Runs `elf` with its serial line at `socket`, passes each line of the log to `log` as it comes, and returns the exit
/// status.
///
/// # Errors
/// If the file is not pocketgan's firmware for an emulated board, if QEMU is missing or dies, and if the program has not
/// ended after `limit`: then it is killed.
pub fn serve(
    elf: &Path,
    arguments: &[&str],
    socket: &Socket,
    limit: Duration,
    log: impl FnMut(&str) + Send,
) -> Result<i32> {
    let (qemu, program) = start(elf, arguments, socket, true)?;
    wait(qemu, &program, limit, &AtomicBool::new(false), log)
}

fn start(elf: &Path, arguments: &[&str], socket: &Socket, counts: bool) -> Result<(BoundChild, Program)> {
    let mut program = Program::read(elf)?;
    program.counts_instructions &= counts;
    let qemu = qemu::start(&mut qemu::command(&program, elf, arguments, &Line::For(socket.clone()))?)?;
    Ok((qemu, program))
}

fn wait(
    mut qemu: BoundChild,
    program: &Program,
    limit: Duration,
    stop: &AtomicBool,
    log: impl FnMut(&str) + Send,
) -> Result<i32> {
    let console = qemu.stdout.take().expect("stdout is piped");
    let status = thread::scope(|scope| {
        scope.spawn(|| program.log.decode(console, log));
        qemu::wait(&mut qemu, limit, stop)
    })?;
    qemu::exit_code(status)
}

/// A board that runs in the background until it is dropped or its time limit is over.
#[derive(Debug)]
pub struct Board {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    running: Option<JoinHandle<Result<i32>>>,
}

impl Board {
    /// Starts `elf` and waits until QEMU listens at the socket `path`, which must not exist. Without `counts` QEMU runs
    /// at full speed even if the program counts instructions.
    ///
    /// # Errors
    /// Those of [`serve`] at the start, and if QEMU does not listen within ten seconds.
    pub fn start(elf: &Path, path: &Path, counts: bool, limit: Duration) -> Result<Self> {
        ensure!(!path.exists(), "{} exists already", path.display());
        let (qemu, program) = start(elf, &[], &Socket::Unix(path.to_owned()), counts)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let running = thread::spawn(move || wait(qemu, &program, limit, &stopped, |_| ()));
        let board = Self { path: path.to_owned(), stop, running: Some(running) };
        board.wait_until_it_listens()?;
        Ok(board)
    }

    fn wait_until_it_listens(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !listens(&self.path) {
            let ended = self.running.as_ref().is_some_and(JoinHandle::is_finished);
            if ended || Instant::now() > deadline {
                bail!("QEMU does not listen at {}", self.path.display());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// The serial line, in the form that `pocketgan device --port` takes.
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
        self.stop.store(true, Relaxed);
        if let Some(running) = self.running.take() {
            // Its result does not matter: it was killed.
            let _ = running.join();
        }
    }
}
