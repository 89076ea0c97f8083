//! What came over the line and was no answer: kept to tell the user why there is none.

use std::time::Duration;

use pocketgan_protocol::{DeviceError, Reply};

/// Text is told up to this length.
const LONGEST_TEXT: usize = 240;
/// Fewer characters in a row say nothing.
const SHORTEST_TEXT: usize = 8;

/// Everything but answers, since a request was first sent.
#[derive(Debug, Default)]
pub(super) struct Noise {
    bytes: u64,
    frames: u64,
    /// Whether the device said that what it received was damaged.
    damaged: bool,
    /// Whether a part of an answer was missing.
    pub(super) lost: bool,
    /// The text of what may be a frame yet.
    line: String,
    /// The last text that was no frame: the firmware tells failures in such lines.
    text: String,
}

impl Noise {
    /// A byte came.
    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes += 1;
        if byte == b'\n' && self.line.len() >= SHORTEST_TEXT {
            self.text = std::mem::take(&mut self.line);
        } else if byte == b' ' || byte.is_ascii_graphic() {
            if self.line.len() < LONGEST_TEXT {
                self.line.push(byte.into());
            }
        } else {
            self.line.clear();
        }
    }

    /// What came since the last delimiter was a frame.
    pub(super) fn frame(&mut self) {
        self.frames += 1;
        self.line.clear();
    }

    /// What came since the last delimiter was none.
    pub(super) fn no_frame(&mut self) {
        self.line.clear();
    }

    /// An answer came to something else: to an earlier attempt, or to what the device could not read.
    pub(super) fn other_answer(&mut self, number: u16, reply: &Reply) {
        let refusals = [DeviceError::Damaged, DeviceError::Overlong].map(Reply::Error);
        self.damaged |= number == 0 && refusals.contains(reply);
    }

    /// Why nothing came of so many attempts.
    pub(super) fn complaint(&self, name: &str, wait: Duration, attempts: u32) -> String {
        let tried = format!("{attempts} times {} s", wait.as_secs_f64());
        let reason = if self.bytes == 0 {
            format!("no answer from {name} within {tried}; does a board with the program console listen there?")
        } else if self.lost {
            format!("pieces of the answers from {name} are missing, {attempts} times; the line loses bytes")
        } else if self.damaged {
            format!("no answer from {name} within {tried}: what it receives is damaged; look at the line")
        } else if self.frames == 0 {
            let bytes = self.bytes;
            format!("what comes from {name} is no answer ({bytes} bytes within {tried}); is it another program?")
        } else {
            format!("no answer from {name} to what it was asked within {tried}, only others")
        };
        reason + &self.said()
    }

    /// The text that the device sent, as the end of a sentence.
    pub(super) fn said(&self) -> String {
        if self.text.is_empty() { String::new() } else { format!("; it says: {}", self.text) }
    }
}
