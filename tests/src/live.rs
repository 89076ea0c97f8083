//! A program of the firmware that runs in QEMU while a test talks to it over its serial line, looks at its screen, or reads
//! along what it does to its pins.

use crate::log::Texts;
use crate::monitor::Monitor;
use crate::qemu;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    process::{Child, ChildStdout, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A running program. When this is dropped, it is killed.
#[derive(Debug)]
pub struct Live {
    qemu: Process,
    serial: UnixStream,
    lines: Receiver<String>,
    monitor: Monitor,
    log: JoinHandle<Vec<String>>,
    folder: TempDir,
    end: Instant,
}

impl Live {
    /// Starts `elf` with `arguments`. Nothing here waits longer than until `limit` has passed since.
    ///
    /// `traced` names an event of QEMU's to be traced, if it is not empty; see [`Live::trace`].
    ///
    /// # Errors
    /// If the file is no firmware of a known board, and if QEMU is missing or does not start.
    pub fn start(elf: &Path, arguments: &[&str], traced: &str, limit: Duration) -> Result<Self> {
        let (wants, texts) = qemu::look_over(elf)?;
        let (folder, end) = (TempDir::new()?, Instant::now() + limit);
        let place = |name: &str| folder.path().join(name);
        let (serial, monitor) = (UnixListener::bind(place("serial"))?, UnixListener::bind(place("monitor"))?);
        let socket = |name: &str| format!("socket,path={}", place(name).display());
        let mut command = qemu::command(wants, elf, arguments, &socket("serial"));
        command.args(["-chardev", &format!("{},id=qmp", socket("monitor")), "-mon", "chardev=qmp,mode=control"]);
        if !traced.is_empty() {
            command.args(["-trace", traced, "-D"]).arg(place("trace"));
        }
        let mut qemu = Process(qemu::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?);
        let serial = accept(&serial, &mut qemu.0, end)?;
        let monitor = Monitor::greet(accept(&monitor, &mut qemu.0, end)?, end)?;
        let log = log_of(qemu.0.stdout.take().expect("stdout is piped"), texts);
        let lines = lines_of(serial.try_clone()?);
        Ok(Self { qemu, serial, lines, monitor, log, folder, end })
    }

    /// The next line that comes over the serial line, without its end.
    ///
    /// # Errors
    /// If none comes in time or the program ends.
    pub fn line(&mut self) -> Result<String> {
        self.lines.recv_timeout(remaining(self.end)?).map_err(|error| match error {
            RecvTimeoutError::Timeout => anyhow!("no line came over the serial line in time"),
            RecvTimeoutError::Disconnected => anyhow!("the serial line has ended"),
        })
    }

    /// Sends bytes over the serial line.
    ///
    /// # Errors
    /// If the program has ended.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.serial.write_all(bytes).context("the serial line cannot be written")
    }

    /// What QEMU's screen shows, as a portable pixmap (PPM).
    ///
    /// # Errors
    /// If QEMU refuses or does not answer in time.
    pub fn screen(&mut self) -> Result<Vec<u8>> {
        let file = self.folder.path().join("screen.ppm");
        self.monitor.run("screendump", &serde_json::json!({ "filename": file }))?;
        fs::read(&file).context("QEMU's picture of its screen cannot be read")
    }

    /// The traced events so far, a line each; the last line may not be complete yet.
    ///
    /// # Errors
    /// If nothing is traced.
    pub fn trace(&self) -> Result<String> {
        fs::read_to_string(self.folder.path().join("trace")).context("QEMU's trace cannot be read")
    }

    /// Looks again and again until `look` finds something.
    ///
    /// # Errors
    /// If the time is over before, and those of `look`.
    pub fn wait_for<T>(&self, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        loop {
            if let Some(found) = look()? {
                return Ok(found);
            }
            remaining(self.end)?;
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the program's end and returns its status and the lines of its log.
    ///
    /// # Errors
    /// If it does not end in time, or if QEMU dies.
    pub fn finish(mut self) -> Result<(i32, Vec<String>)> {
        let status = loop {
            if let Some(status) = self.qemu.0.try_wait()? {
                break status;
            }
            remaining(self.end).context("the program did not end")?;
            thread::sleep(Duration::from_millis(2));
        };
        let log = self.log.join().expect("reading the log does not panic");
        Ok((status.code().ok_or_else(|| anyhow!("QEMU died: {status}"))?, log))
    }
}

/// A process that does not outlive its owner.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The time until `end`.
///
/// # Errors
/// If there is none.
pub(crate) fn remaining(end: Instant) -> Result<Duration> {
    let left = end.saturating_duration_since(Instant::now());
    ensure!(!left.is_zero(), "the time limit is over");
    Ok(left)
}

/// Waits until QEMU connects.
fn accept(listener: &UnixListener, qemu: &mut Child, end: Instant) -> Result<UnixStream> {
    listener.set_nonblocking(true)?;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error).context("QEMU cannot be listened to"),
        }
        if let Some(status) = qemu.try_wait()? {
            bail!("QEMU ended before it connected: {status}");
        }
        remaining(end)?;
        thread::sleep(Duration::from_millis(2));
    }
}

/// The lines that come over the serial line. A thread takes them even while nobody waits for one: QEMU sends single bytes, of
/// which a socket holds a few hundred only, and then stands still.
fn lines_of(serial: UnixStream) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        // A line that cannot be read is the end, and so is that nobody wants lines any more.
        BufReader::new(serial).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    lines
}

/// The lines of the log, when it has ended.
fn log_of(stdout: ChildStdout, texts: Texts) -> JoinHandle<Vec<String>> {
    thread::spawn(move || {
        let mut lines = Vec::new();
        qemu::decode(stdout, texts.decoder(), |line| lines.push(line.to_owned()));
        lines
    })
}
