//! Running a program of the firmware in an emulator under a time limit: in QEMU, or for a Pico in rp2040js (see
//! [`crate::pico`]), which takes QEMU's place with the same streams and statuses.
//!
//! QEMU's stdout is the semihosting console, where the firmware's defmt log comes out; the serial line (UART) goes to a
//! socket. The program's exit status is QEMU's.

use crate::child::BoundChild;
use crate::firmware::Machine;
use crate::line::Line;
use crate::pico;
use crate::program::Program;
use crate::socket::Listener;
use anyhow::{Context, Result, anyhow, bail};
use std::{
    io,
    io::{Read, Write},
    path::Path,
    process::{Command, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

/// What came out of a program, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The bytes sent over the serial line.
    pub uart: Vec<u8>,
    /// The lines of the log, each with its level, such as `INFO stack: 1234 bytes`.
    pub log: Vec<String>,
    /// The exit status.
    pub status: i32,
}

impl Run {
    /// The serial line as text; invalid UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.uart).into_owned()
    }
}

/// Runs `elf` with `arguments` to its end and collects what came out.
///
/// # Errors
/// Those of [`stream`].
pub fn run(elf: &Path, arguments: &[&str], limit: Duration) -> Result<Run> {
    let (mut uart, mut log) = (Vec::new(), Vec::new());
    let status = stream(elf, arguments, limit, &mut uart, |line| log.push(line.to_owned()))?;
    Ok(Run { uart, log, status })
}

/// Runs `elf` with `arguments`, copies the serial line to `uart` and each line of the log to `log` as they come, and
/// returns the exit status.
///
/// # Errors
/// If the file is not pocketgan's firmware for an emulated board, if QEMU is missing or dies, if `uart` cannot be
/// written, and if the program has not ended after `limit`: then it is killed.
pub fn stream(
    elf: &Path,
    arguments: &[&str],
    limit: Duration,
    uart: &mut (impl Write + Send),
    log: impl FnMut(&str) + Send,
) -> Result<i32> {
    stream_with(&[], elf, arguments, limit, uart, log)
}

/// Like [`stream`], with more `options` for QEMU.
pub(crate) fn stream_with(
    options: &[String],
    elf: &Path,
    arguments: &[&str],
    limit: Duration,
    uart: &mut (impl Write + Send),
    log: impl FnMut(&str) + Send,
) -> Result<i32> {
    let (program, listener, deadline) = (Program::read(elf)?, Listener::open()?, Instant::now() + limit);
    let mut command = command(&program, elf, arguments, &listener.line()?)?;
    command.args(options);
    let mut qemu = start(&mut command)?;
    let console = qemu.stdout.take().expect("stdout is piped");
    let serial = listener.accept(&mut qemu, deadline)?;
    let uart_closed = AtomicBool::new(false);
    let status = thread::scope(|scope| {
        let uart = scope.spawn(|| copy(serial, uart).inspect_err(|_| uart_closed.store(true, Relaxed)));
        scope.spawn(|| program.log.decode(console, log));
        let status = wait(&mut qemu, limit, &uart_closed);
        uart.join().expect("copying does not panic").context("the serial line cannot be copied")?;
        status
    })?;
    exit_code(status)
}

/// The exit status of a program that ended by itself.
pub(crate) fn exit_code(status: ExitStatus) -> Result<i32> {
    status.code().ok_or_else(|| anyhow!("QEMU died: {status}"))
}

/// The command line of the board's emulator; `serial` is the other end of the program's serial line.
///
/// # Errors
/// If nothing emulates the program's board, and those of [`pico::command`].
pub(crate) fn command(program: &Program, elf: &Path, arguments: &[&str], serial: &Line) -> Result<Command> {
    let board = program.board;
    let mut command = match board.machine {
        None => bail!("nothing emulates the board {}", board.name),
        Some(Machine::Rp2040js) => pico::command(program, elf, arguments, serial)?,
        Some(Machine::Qemu { serial: index, shift }) => qemu(program, elf, arguments, serial, index, shift),
    };
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    Ok(command)
}

fn qemu(program: &Program, elf: &Path, arguments: &[&str], serial: &Line, index: usize, shift: u32) -> Command {
    let mut command = Command::new("qemu-system-arm");
    command.args(["-machine", program.board.name, "-display", "none", "-monitor", "none"]);
    command.args(["-chardev", &format!("{},id=uart", serial.qemu_device())]);
    command.args(["-serial", "null"].repeat(index)).args(["-serial", "chardev:uart"]);
    if program.counts_instructions {
        command.args(["-icount", &format!("shift={shift},sleep=off")]);
    }
    // Some versions of QEMU send the semihosting console to stdout unless told otherwise, others to stderr.
    command.args(["-chardev", "stdio,id=log,signal=off"]);
    command.args(["-semihosting-config", &semihosting(elf, arguments)]);
    command.arg("-kernel").arg(elf);
    command
}

/// Lets an emulator take commands over the socket `listener`.
pub(crate) fn add_monitor(command: &mut Command, program: &Program, listener: &Line) {
    if program.board.machine == Some(Machine::Rp2040js) {
        command.arg("--monitor").arg(listener.address());
    } else {
        let device = format!("{},id=qmp", listener.qemu_device());
        command.args(["-chardev", &device, "-mon", "chardev=qmp,mode=control"]);
    }
}

/// QEMU's option for semihosting. In its values a comma is doubled.
fn semihosting(elf: &Path, arguments: &[&str]) -> String {
    let name = elf.file_stem().unwrap_or_default().to_string_lossy();
    let words = [name.as_ref()].into_iter().chain(arguments.iter().copied());
    let words: String = words.map(|word| format!(",arg={}", word.replace(',', ",,"))).collect();
    format!("enable=on,target=native,chardev=log{words}")
}

/// Starts an emulator.
///
/// # Errors
/// If it is not installed or cannot be started.
pub(crate) fn start(command: &mut Command) -> Result<BoundChild> {
    let name = command.get_program().display().to_string();
    BoundChild::spawn(command).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => anyhow!("{name} is not installed; tests/setup installs it"),
        _ => anyhow!(error).context(format!("{name} could not be started")),
    })
}

fn copy(mut from: impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut bytes = [0; 4096];
    loop {
        match from.read(&mut bytes) {
            // Flushed only at the end: a line-buffered stdout then shows whole lines, not mixed with the log's.
            Ok(0) => return to.flush(),
            Ok(n) => to.write_all(&bytes[..n])?,
            // QEMU was killed.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return to.flush(),
            Err(error) => return Err(error),
        }
    }
}

/// Waits for QEMU's end; kills it after `limit`, or as soon as `stop` is set.
///
/// # Errors
/// If the limit has passed.
pub(crate) fn wait(qemu: &mut BoundChild, limit: Duration, stop: &AtomicBool) -> Result<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = qemu.try_wait()? {
            return Ok(status);
        }
        let late = Instant::now() > deadline;
        if late || stop.load(Relaxed) {
            qemu.kill()?;
        }
        if late {
            qemu.wait()?;
            bail!("the program was still running after {limit:?} and was killed");
        }
        thread::sleep(Duration::from_millis(2));
    }
}
