//! Self-synchronising (COBS) frames: finds messages in a stream of bytes, and detects damage to them.

use cobs::{DecodeResult, DecoderState};
use heapless::Vec;
use serde::Serialize;

use pocketgan_core::infer::checksum::crc32;

/// Most bytes of content in a frame, including the checksum. COBS adds one byte to a content of at most 254.
pub const CONTENT: usize = 224;

const _: () = assert!(CONTENT <= 254, "a longer content would need more than one COBS group without a zero");

const CHECKSUM_LEN: usize = 4;

/// The sender of a frame: the first byte of its content.
///
/// Without it, a device on a line that echoes (a terminal's setting, a loose wire) would answer its own replies forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Sender {
    /// Sends requests.
    Host = b'?',
    /// Sends replies.
    Device = b'!',
}

/// Why the bytes between two delimiters are not a valid frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// There are more than the longest frame has.
    Overlong,
    /// Their encoding or their checksum is wrong.
    Damaged,
}

/// Decodes frames byte by byte, and synchronises with the next frame after any noise.
#[derive(Debug)]
pub struct Receiver {
    content: Vec<u8, CONTENT>,
    decoder: DecoderState,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Collecting bytes.
    Receiving,
    /// A frame was returned, and its bytes may be discarded.
    Delivered,
    /// Discarding bytes up to the next delimiter.
    Overlong,
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

impl Receiver {
    /// A receiver that has received nothing.
    pub const fn new() -> Self {
        Self { content: Vec::new(), decoder: DecoderState::Idle, state: State::Receiving }
    }

    /// Processes the next byte of the line. Returns the message of a frame from `sender` at its end, or an error at the end
    /// of anything that is not a frame. Ignores empty frames and frames from the other sender.
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

/// Sender and message of a content with a valid checksum.
fn checked(content: &[u8]) -> Option<(u8, &[u8])> {
    let (guarded, checksum) = content.split_last_chunk::<CHECKSUM_LEN>()?;
    let (&by, message) = guarded.split_first()?;
    (crc32(guarded) == u32::from_le_bytes(*checksum)).then_some((by, message))
}

/// Writes the frame of a message, with a delimiter before and after it, by several calls of `write`. `content` is a
/// buffer.
///
/// The first delimiter ends whatever else was on the line, such as a truncated frame or text.
///
/// Returns whether the message fits into a frame; if it does not, nothing is written.
///
/// ```
/// use pocketgan_protocol::{CONTENT, Receiver, Request, Sender, send};
///
/// let mut line = Vec::new();
/// send(Sender::Host, &(1_u16, Request::Draw { seed: 7 }), &mut [0; CONTENT], |bytes| line.extend_from_slice(bytes));
///
/// let mut receiver = Receiver::new();
/// let mut requests = 0;
/// for byte in [b"some noise", &line[..]].concat() {
///     if let Some(Ok(message)) = receiver.take(Sender::Host, byte) {
///         assert_eq!(postcard::from_bytes(message), Ok((1_u16, Request::Draw { seed: 7 })));
///         requests += 1;
///     }
/// }
/// assert_eq!(requests, 1);
/// ```
pub fn send(
    sender: Sender,
    message: &impl Serialize,
    content: &mut [u8; CONTENT],
    mut write: impl FnMut(&[u8]),
) -> bool {
    let Some(content) = enclose(sender, message, content) else { return false };
    write(&[0]);
    // COBS: each run up to a zero or the end is preceded by its length plus 1. No run is longer than 254.
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
