//! The host's side of the protocol: asks, waits, asks again, and says what is wrong in a sentence.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use pocketgan_core::infer::checksum::crc32;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::PIXELS;
use pocketgan_protocol::{CONTENT, Class, Description, DeviceError, PROTOCOL, Receiver, Reply, Request, Sender, send};

use super::line_diagnostics::LineDiagnostics;
use super::port::Port;
use crate::output::number::ClassNames;

/// Where the device is.
#[derive(Args, Clone, Debug)]
pub(crate) struct LineArguments {
    /// A serial port (/dev/ttyACM0, COM3), tcp:HOST:PORT or unix:PATH
    #[arg(long, value_name = "PORT")]
    pub(super) port: String,
    /// Seconds to wait for an answer before asking again (three times in all)
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub(super) timeout: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.parse::<f64>().ok().filter(|seconds| (0.01..=3600.0).contains(seconds));
    number.map(Duration::from_secs_f64).ok_or_else(|| "seconds from 0.01 to 3600 are needed".to_owned())
}

/// How often something is asked before it is given up.
const ATTEMPTS: u32 = 3;

/// A device that answers.
pub(super) struct Client {
    port: Port,
    name: String,
    timeout: Duration,
    receiver: Receiver,
    number: u16,
    /// Bytes that came and were not looked at yet, the last one first.
    waiting: Vec<u8>,
    diagnostics: LineDiagnostics,
}

/// What a reply means for an attempt to have something done.
pub(super) enum Step<T> {
    /// It is done.
    Done(T),
    /// There is more to come.
    More,
    /// Something was lost on the way: it must be asked for again.
    Lost,
    /// This is no answer to what was asked.
    Wrong,
}

impl Client {
    /// Opens the line and has the device describe itself.
    pub(super) fn connect(line: &LineArguments) -> Result<(Self, Description)> {
        let mut client = Self {
            port: Port::open(&line.port)?,
            name: line.port.clone(),
            timeout: line.timeout,
            receiver: Receiver::new(),
            // What an earlier program did not read is no answer to this one.
            number: RandomState::new().hash_one(()) as u16,
            waiting: Vec::new(),
            diagnostics: LineDiagnostics::default(),
        };
        let description = client.ask(&Request::Hello { protocol: PROTOCOL }, |reply| match reply {
            Reply::Hello(description) if description.protocol == PROTOCOL => Step::Done(description),
            _ => Step::Wrong,
        });
        Ok((client, description?))
    }

    /// Has a request answered; `take` sees each reply to it but refusals, which are errors.
    pub(super) fn ask<T>(&mut self, request: &Request, take: impl FnMut(Reply) -> Step<T>) -> Result<T> {
        self.ask_patiently(request, Duration::ZERO, take)
    }

    /// Like [`ask`](Self::ask) for what takes the device `longer` than a picture.
    pub(super) fn ask_patiently<T>(
        &mut self,
        request: &Request,
        longer: Duration,
        mut take: impl FnMut(Reply) -> Step<T>,
    ) -> Result<T> {
        self.diagnostics = LineDiagnostics::default();
        for _ in 0..ATTEMPTS {
            if let Some(done) = self.attempt(request, self.timeout + longer, &mut take)? {
                return Ok(done);
            }
        }
        bail!(self.diagnostics.explanation(&self.name, self.timeout + longer, ATTEMPTS))
    }

    /// Asks once; `None` if what came up to the time's end was not enough.
    fn attempt<T>(
        &mut self,
        request: &Request,
        wait: Duration,
        take: &mut impl FnMut(Reply) -> Step<T>,
    ) -> Result<Option<T>> {
        self.send(request)?;
        let end = Instant::now() + wait;
        while let Some((number, reply)) = self.receive(end)? {
            if number != self.number {
                self.diagnostics.other_answer(number, &reply);
                continue;
            }
            if let Reply::Error(error) = reply {
                return Err(error_reply(error, &self.name));
            }
            match take(reply) {
                Step::Done(done) => return Ok(Some(done)),
                Step::More => {}
                Step::Lost => {
                    self.diagnostics.lost = true;
                    return Ok(None);
                }
                Step::Wrong => bail!("{} answered something else than what it was asked for", self.name),
            }
        }
        Ok(None)
    }

    fn send(&mut self, request: &Request) -> Result<()> {
        // 0 is the number of what could not be read.
        self.number = self.number.checked_add(1).unwrap_or(1);
        let mut frame = Vec::new();
        let fits = send(Sender::Host, &(self.number, request), &mut [0; CONTENT], |bytes| frame.extend(bytes));
        debug_assert!(fits, "every request fits a frame");
        self.port.write_all(&frame).map_err(|error| self.broken(error))
    }

    /// The next reply that comes up to `end`.
    fn receive(&mut self, end: Instant) -> Result<Option<(u16, Reply)>> {
        loop {
            while let Some(byte) = self.waiting.pop() {
                self.diagnostics.byte(byte);
                match self.receiver.take(Sender::Device, byte) {
                    None => {}
                    Some(Err(_)) => self.diagnostics.no_frame(),
                    Some(Ok(message)) => {
                        self.diagnostics.frame();
                        return read(message).map(Some).with_context(|| format!("{} cannot be understood", self.name));
                    }
                }
            }
            let now = Instant::now();
            if now >= end {
                return Ok(None);
            }
            self.fill(end - now)?;
        }
    }

    /// Waits for more bytes.
    fn fill(&mut self, wait: Duration) -> Result<()> {
        let mut bytes = [0; 4096];
        let read = self.port.read(&mut bytes, wait);
        if let Some(n) = read.map_err(|error| self.broken(error))? {
            self.waiting.extend(bytes[..n].iter().rev());
        }
        Ok(())
    }

    fn broken(&self, error: std::io::Error) -> anyhow::Error {
        anyhow!("the line to {} broke: {error}{}", self.name, self.diagnostics.device_text())
    }

    /// The seed by which the device's model draws a digit in one of its ways.
    pub(super) fn seed(&mut self, digit: u8, variant: u32) -> Result<u32> {
        self.ask(&Request::Seed { digit, variant }, |reply| match reply {
            Reply::Seed(seed) => Step::Done(seed),
            _ => Step::Wrong,
        })
    }

    /// The names of the classes of the device's model; none for digits.
    pub(super) fn class_names(&mut self) -> Result<ClassNames> {
        let mut names = Vec::new();
        let mut class = self.class(0)?;
        while !class.name.is_empty() {
            names.push(class.name.to_string());
            if names.len() == usize::from(class.classes) {
                break;
            }
            class = self.class(names.len() as u8)?;
        }
        Ok(ClassNames(names))
    }

    fn class(&mut self, class: u8) -> Result<Class> {
        self.ask(&Request::Class { class }, |reply| match reply {
            Reply::Class(class) => Step::Done(class),
            _ => Step::Wrong,
        })
    }

    /// The device's picture of a seed.
    pub(super) fn draw(&mut self, seed: u32) -> Result<Picture> {
        let (mut picture, mut received) = ([0; PIXELS], 0);
        self.ask(&Request::Draw { seed }, |reply| match reply {
            Reply::Pixels { offset, bytes } => {
                let start = usize::from(offset);
                if start == 0 {
                    received = 0;
                }
                match picture.get_mut(start..start + bytes.len()) {
                    Some(place) if start == received && !bytes.is_empty() => {
                        place.copy_from_slice(&bytes);
                        received += bytes.len();
                        Step::More
                    }
                    Some(_) => Step::Lost,
                    None => Step::Wrong,
                }
            }
            Reply::Drawn { .. } if received < PIXELS => Step::Lost,
            Reply::Drawn { checksum } if checksum == crc32(&picture) => Step::Done(()),
            _ => Step::Wrong,
        })?;
        Ok(picture)
    }
}

/// The number and the reply in a message.
fn read(message: &[u8]) -> Result<(u16, Reply)> {
    match postcard::take_from_bytes(message) {
        Ok((reply, [])) => Ok(reply),
        _ => bail!(
            "its frames are good, their messages are none of protocol {PROTOCOL}; its firmware may be of another version \
             than this program"
        ),
    }
}

fn error_reply(error: DeviceError, name: &str) -> anyhow::Error {
    let advice = match error {
        DeviceError::Protocol { .. } => "; use firmware and program of the same version",
        DeviceError::NoSeed { .. } => "; `pocketgan digits` finds seeds for a model file that has none",
        DeviceError::NoCounter => "; under QEMU, start it by cargo's runner, which has its clock in step",
        _ => "",
    };
    anyhow!("{name} answered with an error: {error}{advice}")
}
