//! Running a program of the firmware in QEMU, each time under a limit. The one home of QEMU's command lines.
//!
//! QEMU's stdout is the semihosting console, where the firmware's defmt log comes out; the serial line (UART) gets a
//! pipe of its own. The program's exit status is QEMU's.

use crate::log::{Decoder, Texts};
use anyhow::{Context, Result, anyhow, bail};
use object::{Object, ObjectSymbol};
use std::{
    fs, io,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

/// Each board, as the firmware's build script marks it, the QEMU machine that models it, and which of the machine's
/// serial lines is the firmware's.
const MACHINES: &[(&str, Machine)] = &[
    ("lm3s6965evb", Machine { name: "lm3s6965evb", serial: 0, shift: 5 }),
    ("microbit", Machine { name: "microbit", serial: 0, shift: 6 }),
    ("mps2_an385", Machine { name: "mps2-an385", serial: 0, shift: 6 }),
    ("mps2_an386", Machine { name: "mps2-an386", serial: 0, shift: 6 }),
    ("mps2_an500", Machine { name: "mps2-an500", serial: 0, shift: 6 }),
    ("mps2_an505", Machine { name: "mps2-an505", serial: 0, shift: 6 }),
    ("mps3_an547", Machine { name: "mps3-an547", serial: 0, shift: 5 }),
    // USART6, which is on the board's header, is the sixth.
    ("netduinoplus2", Machine { name: "netduinoplus2", serial: 5, shift: 3 }),
];

/// How QEMU models a board.
#[derive(Clone, Copy, Debug)]
struct Machine {
    name: &'static str,
    serial: usize,
    /// The instructions of a program that counts them take 2^shift ns each: one or two ticks of SysTick, which then
    /// counts exactly and as far as it can.
    shift: u32,
}

/// The symbol by which the build script marks an ELF file with its board begins so.
const BOARD_MARK: &str = "pocketgan_board_";
/// The symbol by which it marks a program that counts instructions.
const COUNTS_MARK: &str = "pocketgan_counts_instructions";

/// Whether QEMU models a board.
pub fn models(board: &str) -> bool {
    let mark = board.replace('-', "_");
    MACHINES.iter().any(|(name, _)| *name == mark)
}

/// What came out of a program, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The bytes on the serial line.
    pub uart: Vec<u8>,
    /// The lines of the log, each with its level, such as `INFO stack: 1234 bytes`.
    pub log: Vec<String>,
    /// The exit status.
    pub status: i32,
}

impl Run {
    /// The serial line as text; bytes that are none are replaced.
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

/// Runs `elf` with `arguments`, passes on the serial line and the log as they come, and returns the exit status.
///
/// # Errors
/// If the file is no firmware of a known board, if QEMU is missing or dies, if `uart` cannot be written, and if the
/// program has not ended after `limit`: then it is killed.
pub fn stream(
    elf: &Path,
    arguments: &[&str],
    limit: Duration,
    uart: &mut (impl Write + Send),
    tell: impl FnMut(&str) + Send,
) -> Result<i32> {
    let (wants, texts) = look_over(elf)?;
    let (serial, serial_in_qemu) = io::pipe()?;
    // The serial line's pipe takes the place of stdin: std can give a child process no other.
    let command = &mut command(wants, elf, arguments, "file,path=/dev/fd/0");
    let mut qemu = start(command.stdin(serial_in_qemu).stdout(Stdio::piped()))?;
    let log = qemu.stdout.take().expect("stdout is piped");
    let nobody_listens = AtomicBool::new(false);
    let status = thread::scope(|scope| {
        let uart = scope.spawn(|| pass_on(serial, uart).inspect_err(|_| nobody_listens.store(true, Relaxed)));
        scope.spawn(|| decode(log, texts.decoder(), tell));
        let status = wait(&mut qemu, limit, &nobody_listens);
        uart.join().expect("passing bytes on does not panic").context("the serial line cannot be passed on")?;
        status
    })?;
    status.code().ok_or_else(|| anyhow!("QEMU died: {status}"))
}

/// Reads what there is to know of a program before it runs.
pub(crate) fn look_over(elf: &Path) -> Result<(Wants, Texts)> {
    let bytes = fs::read(elf).with_context(|| format!("{} cannot be read", elf.display()))?;
    let wants = Wants::of(&bytes).with_context(|| format!("{} cannot be run", elf.display()))?;
    let texts = Texts::of(&bytes).with_context(|| format!("{} cannot be run", elf.display()))?;
    Ok((wants, texts))
}

/// What a program asks of QEMU, as its ELF file is marked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wants {
    machine: Machine,
    counts_instructions: bool,
}

impl Wants {
    fn of(elf: &[u8]) -> Result<Self> {
        let file = object::File::parse(elf)?;
        let names = || file.symbols().filter_map(|symbol| symbol.name().ok());
        let board = names()
            .find_map(|name| name.strip_prefix(BOARD_MARK))
            .ok_or_else(|| anyhow!("it is no firmware of pocketgan (no symbol {BOARD_MARK}...)"))?;
        let known = MACHINES.iter().find(|(name, _)| *name == board);
        let (_, machine) = known.ok_or_else(|| anyhow!("QEMU has no machine for its board {board}"))?;
        Ok(Self { machine: *machine, counts_instructions: names().any(|name| name == COUNTS_MARK) })
    }
}

/// The command line of QEMU; `line` is the character device that the program's serial line goes to.
pub(crate) fn command(wants: Wants, elf: &Path, arguments: &[&str], line: &str) -> Command {
    let Wants { machine, counts_instructions } = wants;
    let mut command = Command::new("qemu-system-arm");
    command.args(["-machine", machine.name, "-display", "none", "-monitor", "none"]);
    command.args(["-chardev", &format!("{line},id=uart")]);
    command.args(["-serial", "null"].repeat(machine.serial)).args(["-serial", "chardev:uart"]);
    if counts_instructions {
        command.args(["-icount", &format!("shift={},sleep=off", machine.shift)]);
    }
    // Some versions of QEMU send the console to stdout whatever is asked for, others to stderr unless asked.
    command.args(["-chardev", "file,id=log,path=/dev/fd/1"]);
    command.args(["-semihosting-config", &semihosting(elf, arguments)]);
    command.arg("-kernel").arg(elf);
    command
}

/// QEMU's option for semihosting. In its values a comma is doubled.
fn semihosting(elf: &Path, arguments: &[&str]) -> String {
    let name = elf.file_stem().unwrap_or_default().to_string_lossy();
    let words = [name.as_ref()].into_iter().chain(arguments.iter().copied());
    let words: String = words.map(|word| format!(",arg={}", word.replace(',', ",,"))).collect();
    format!("enable=on,target=native,chardev=log{words}")
}

pub(crate) fn start(command: &mut Command) -> Result<Child> {
    let child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => anyhow!("qemu-system-arm is not installed; tests/setup installs it"),
        _ => anyhow!(error).context("qemu-system-arm could not be started"),
    });
    // Closes our copy of the serial line's far end; while that is open the line never ends.
    command.stdin(Stdio::null());
    child
}

fn pass_on(mut from: impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut bytes = [0; 4096];
    loop {
        match from.read(&mut bytes)? {
            // Only at the end, so that a line-buffered stdout shows whole lines and the log cannot get into one.
            0 => return to.flush(),
            n => to.write_all(&bytes[..n])?,
        }
    }
}

pub(crate) fn decode(mut log: impl Read, mut decoder: Decoder, mut tell: impl FnMut(&str)) {
    let mut bytes = [0; 4096];
    // A pipe that cannot be read has ended as well.
    while let Ok(n @ 1..) = log.read(&mut bytes) {
        decoder.take(&bytes[..n], &mut tell);
    }
}

/// Waits for QEMU's end, and makes it after `limit` or when nobody listens to it any more.
pub(crate) fn wait(qemu: &mut Child, limit: Duration, nobody_listens: &AtomicBool) -> Result<ExitStatus> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = qemu.try_wait()? {
            return Ok(status);
        }
        let late = Instant::now() > end;
        if late || nobody_listens.load(Relaxed) {
            qemu.kill()?;
        }
        if late {
            qemu.wait()?;
            bail!("the program was still running after {limit:?} and was killed");
        }
        thread::sleep(Duration::from_millis(2));
    }
}
