//! A program of the firmware that runs in QEMU while a test uses its serial line, its screen and a trace of its pins.

use crate::child::BoundChild;
use crate::line::Line;
use crate::log::Formats;
use crate::monitor::Monitor;
use crate::program::Program;
use crate::qemu;
use crate::serial::Socket;
use crate::socket::{Listener, listens, remaining};
use anyhow::{Context, Result, anyhow};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::Path,
    process::ChildStdout,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A running program, killed when this is dropped.
#[derive(Debug)]
pub struct Live {
    qemu: BoundChild,
    serial: Option<Serial>,
    monitor: Monitor,
    log: JoinHandle<Vec<String>>,
    folder: TempDir,
    deadline: Instant,
}

impl Live {
    /// Starts `elf` with `arguments`. No method waits after `limit` has passed.
    ///
    /// `traced` names an event of QEMU's to trace, or is empty; see [`Live::trace`].
    ///
    /// # Errors
    /// If the file is not pocketgan's firmware for an emulated board, and if QEMU is missing or does not start.
    pub fn start(elf: &Path, arguments: &[&str], traced: &str, limit: Duration) -> Result<Self> {
        let (listener, deadline) = (Listener::open()?, Instant::now() + limit);
        let mut live = Self::launch(elf, arguments, traced, &listener.line()?, TempDir::new()?, deadline)?;
        live.serial = Some(Serial::of(listener.accept(&mut live.qemu, deadline)?)?);
        Ok(live)
    }

    /// Starts `elf` with a serial line that another program can connect to, at [`Live::port`].
    ///
    /// # Errors
    /// Those of [`Live::start`].
    pub fn start_for_others(elf: &Path, limit: Duration) -> Result<Self> {
        let folder = TempDir::new()?;
        let path = folder.path().join("serial");
        let line = Line::For(Socket::Unix(path.clone()));
        let live = Self::launch(elf, &[], "", &line, folder, Instant::now() + limit)?;
        // A port of USB is there when the program has connected itself.
        live.wait_for(|| Ok(listens(&path).then_some(())))?;
        Ok(live)
    }

    fn launch(
        elf: &Path,
        arguments: &[&str],
        traced: &str,
        serial: &Line,
        folder: TempDir,
        deadline: Instant,
    ) -> Result<Self> {
        let (program, listener) = (Program::read(elf)?, Listener::open()?);
        let mut command = qemu::command(&program, elf, arguments, serial)?;
        qemu::add_monitor(&mut command, &program, &listener.line()?);
        if !traced.is_empty() {
            command.args(["-trace", traced, "-D"]).arg(folder.path().join("trace"));
        }
        let mut qemu = qemu::start(&mut command)?;
        let log = log_of(qemu.stdout.take().expect("stdout is piped"), program.log);
        let monitor = Monitor::new(listener.accept(&mut qemu, deadline)?, deadline);
        Ok(Self { qemu, serial: None, monitor, log, folder, deadline })
    }

    /// Where another program finds the serial line, in the form that `pocketgan device --port` takes.
    pub fn port(&self) -> String {
        format!("unix:{}", self.folder.path().join("serial").display())
    }

    /// The next line that comes over the serial line, without its end.
    ///
    /// # Errors
    /// If none comes in time or the program ends.
    pub fn line(&mut self) -> Result<String> {
        self.serial()?.lines.recv_timeout(remaining(self.deadline)?).map_err(|error| match error {
            RecvTimeoutError::Timeout => anyhow!("no line came over the serial line in time"),
            RecvTimeoutError::Disconnected => anyhow!("the serial line has ended"),
        })
    }

    /// Sends bytes over the serial line.
    ///
    /// # Errors
    /// If the program has ended.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        (&self.serial()?.stream).write_all(bytes).context("the serial line cannot be written")
    }

    fn serial(&self) -> Result<&Serial> {
        self.serial.as_ref().context("the serial line is for another program")
    }

    /// What QEMU's screen shows, as a portable pixmap (PPM).
    ///
    /// # Errors
    /// If QEMU reports an error or does not answer in time.
    pub fn screen(&mut self) -> Result<Vec<u8>> {
        let file = self.folder.path().join("screen.ppm");
        self.monitor.run("screendump", &serde_json::json!({ "filename": file }))?;
        fs::read(&file).context("QEMU's screenshot cannot be read")
    }

    /// The traced events so far, one per line; the last line may be incomplete.
    ///
    /// # Errors
    /// If nothing is traced.
    pub fn trace(&self) -> Result<String> {
        fs::read_to_string(self.folder.path().join("trace")).context("QEMU's trace cannot be read")
    }

    /// Calls `poll` until it finds something.
    ///
    /// # Errors
    /// If the time limit is over first, and those of `poll`.
    pub fn wait_for<T>(&self, mut poll: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        loop {
            if let Some(found) = poll()? {
                return Ok(found);
            }
            remaining(self.deadline)?;
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the program's end and returns its status and the lines of its log.
    ///
    /// # Errors
    /// If it does not end in time, or if QEMU dies.
    pub fn finish(mut self) -> Result<(i32, Vec<String>)> {
        let status = loop {
            if let Some(status) = self.qemu.try_wait()? {
                break status;
            }
            remaining(self.deadline).context("the program did not end")?;
            thread::sleep(Duration::from_millis(2));
        };
        let log = self.log.join().expect("reading the log does not panic");
        Ok((qemu::exit_code(status)?, log))
    }
}

/// A serial line. A thread reads its lines at all times: QEMU stops when a socket's buffer is full, and it sends single
/// bytes, of which a buffer holds few.
#[derive(Debug)]
struct Serial {
    stream: TcpStream,
    lines: Receiver<String>,
}

impl Serial {
    fn of(stream: TcpStream) -> Result<Self> {
        let (sender, lines) = mpsc::channel();
        let incoming = BufReader::new(stream.try_clone()?).lines();
        // Ends at a line that cannot be read, and when the receiver is dropped.
        thread::spawn(move || incoming.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Ok(Self { stream, lines })
    }
}

/// Collects the lines of the log up to its end.
fn log_of(stdout: ChildStdout, formats: Formats) -> JoinHandle<Vec<String>> {
    thread::spawn(move || {
        let mut lines = Vec::new();
        formats.decode(stdout, |line| lines.push(line.to_owned()));
        lines
    })
}
