//! Frames: how a message is cut out of a stream of bytes, and how damage to it is found.

use cobs::{DecodeResult, DecoderState};
use heapless::Vec;
use serde::Serialize;

use pocketgan_core::infer::checksum::crc32;

/// Longest content of a frame, its checksum included. COBS adds one byte to a content of at most 254.
pub const CONTENT: usize = 224;

const _: () = assert!(CONTENT <= 254, "a longer content would need more than one COBS group without a zero");

const CHECKSUM_LEN: usize = 4;

/// Who sends a frame: the first byte of its content.
///
/// A line that echoes (a terminal's setting, a loose wire) would otherwise have a device answer its own replies, forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Sender {
    /// The one that asks.
    Host = b'?',
    /// The one that answers.
    Device = b'!',
}

/// Why bytes between two delimiters are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// There are more than fit.
    Overlong,
    /// Their form or their checksum is wrong.
    Damaged,
}

/// Puts frames together, byte by byte, and finds the next one after any garbage.
#[derive(Debug)]
pub struct Receiver {
    content: Vec<u8, CONTENT>,
    decoder: DecoderState,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Bytes are collected.
    Receiving,
    /// A frame was handed out, and its bytes are not needed any more.
    Delivered,
    /// What comes up to the next delimiter belongs to a frame that is lost.
    Overlong,
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

impl Receiver {
    /// A receiver that has seen nothing.
    pub const fn new() -> Self {
        Self { content: Vec::new(), decoder: DecoderState::Idle, state: State::Receiving }
    }

    /// Takes the next byte of the line. At the end of a frame by `sender` gives its message, at the end of anything else
    /// what is wrong with it; frames of the other side are passed over, and so are empty ones.
    pub fn take(&mut self, sender: Sender, byte: u8) -> Option<Result<&[u8], FrameError>> {
        if self.state == State::Delivered {
            self.content.clear();
            self.state = State::Receiving;
        }
        match self.decoder.feed(byte) {
            Ok(DecodeResult::NoData) => None,
            Ok(DecodeResult::DataContinue(byte)) => {
                self.keep(byte);
                None
            }
            Ok(DecodeResult::DataComplete) => self.end(sender),
            Err(_) => self.end_of_damaged().map(Err),
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.content.push(byte).is_err() {
            self.state = State::Overlong;
        }
    }

    fn end(&mut self, sender: Sender) -> Option<Result<&[u8], FrameError>> {
        if self.state == State::Overlong {
            return self.end_of_damaged().map(Err);
        }
        self.state = State::Delivered;
        let Some((by, message)) = checked(&self.content) else { return Some(Err(FrameError::Damaged)) };
        if by == sender as u8 { Some(Ok(message)) } else { None }
    }

    fn end_of_damaged(&mut self) -> Option<FrameError> {
        let error = if self.state == State::Overlong { FrameError::Overlong } else { FrameError::Damaged };
        self.state = State::Delivered;
        Some(error)
    }
}

/// Sender and message of a content whose checksum is right.
fn checked(content: &[u8]) -> Option<(u8, &[u8])> {
    let (guarded, checksum) = content.split_last_chunk::<CHECKSUM_LEN>()?;
    let (&by, message) = guarded.split_first()?;
    (crc32(guarded) == u32::from_le_bytes(*checksum)).then_some((by, message))
}

/// Gives `write` the frame of a message, delimiters before and after it included, in pieces. `content` is room to work in.
///
/// The delimiter before it ends whatever else was on the line, such as a cut frame or text.
///
/// Returns whether the message fits a frame; otherwise nothing is written.
pub fn send(
    sender: Sender,
    message: &impl Serialize,
    content: &mut [u8; CONTENT],
    mut write: impl FnMut(&[u8]),
) -> bool {
    let Some(content) = enclose(sender, message, content) else { return false };
    write(&[0]);
    // COBS: each run up to a zero (or the end) follows its length plus 1. No run is longer than 254.
    for run in content.split(|&byte| byte == 0) {
        write(&[run.len() as u8 + 1]);
        write(run);
    }
    write(&[0]);
    true
}

/// The content of a message's frame: sender, message, checksum.
fn enclose<'c>(sender: Sender, message: &impl Serialize, content: &'c mut [u8; CONTENT]) -> Option<&'c [u8]> {
    let (by, rest) = content.split_first_mut()?;
    *by = sender as u8;
    let guarded = 1 + postcard::to_slice(message, rest).ok()?.len();
    let checksum = crc32(content.get(..guarded)?);
    content.get_mut(guarded..guarded + CHECKSUM_LEN)?.copy_from_slice(&checksum.to_le_bytes());
    content.get(..guarded + CHECKSUM_LEN)
}
