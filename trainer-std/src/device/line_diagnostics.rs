//! What arrived over the line besides the answer, kept to explain why there is no answer.

use std::time::Duration;

use pocketgan_protocol::{DeviceError, Reply};

/// Longer lines of text are cut to this many characters.
const MAX_TEXT: usize = 240;
/// Shorter runs of printable characters occur by chance.
const MIN_TEXT: usize = 8;

/// Everything that arrived since a request was first sent, except its answer.
#[derive(Debug, Default)]
pub(super) struct LineDiagnostics {
    bytes: u64,
    frames: u64,
    /// Whether the device reported that what it received was damaged.
    damaged: bool,
    /// Whether a part of an answer was missing.
    pub(super) lost: bool,
    /// Printable characters since the last delimiter: the start of a line of text, or part of a frame.
    line: String,
    /// Whether the bytes since ESC are an escape sequence, such as colours of a log, which is not text.
    escape: bool,
    /// The last line of text. The firmware reports failures in such lines.
    text: String,
}

impl LineDiagnostics {
    /// Takes note of a byte. Lines of text end with LF, CR or both.
    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes += 1;
        if byte == b'\x1b' || self.escape {
            self.escape = matches!(byte, b'\x1b' | b'[' | b'0'..=b'?');
        } else if matches!(byte, b'\n' | b'\r') && self.line.len() >= MIN_TEXT {
            self.text = std::mem::take(&mut self.line);
        } else if byte == b' ' || byte.is_ascii_graphic() {
            if self.line.len() < MAX_TEXT {
                self.line.push(byte.into());
            }
        } else {
            self.line.clear();
        }
    }

    /// The bytes since the last delimiter were a frame.
    pub(super) fn frame(&mut self) {
        self.frames += 1;
        self.line.clear();
    }

    /// The bytes since the last delimiter were not a frame.
    pub(super) fn no_frame(&mut self) {
        self.line.clear();
    }

    /// An answer to another request arrived: to an earlier attempt, or to one that the device could not read.
    pub(super) fn other_answer(&mut self, number: u16, reply: &Reply) {
        let errors = [DeviceError::Damaged, DeviceError::Overlong].map(Reply::Error);
        self.damaged |= number == 0 && errors.contains(reply);
    }

    /// Why that many attempts, each of which waited for `wait`, got no answer.
    pub(super) fn explanation(&self, name: &str, wait: Duration, attempts: u32) -> String {
        let tried = format!("{attempts} times {} s", wait.as_secs_f64());
        let reason = if self.bytes == 0 {
            format!("no answer from {name} within {tried}; does a board run the program console there?")
        } else if self.lost {
            format!("parts of the answers from {name} were missing {attempts} times; the line loses bytes")
        } else if self.damaged {
            format!("no answer from {name} within {tried}: what it receives is damaged; check the line")
        } else if self.frames == 0 {
            let bytes = self.bytes;
            format!("what {name} sends is not an answer ({bytes} bytes within {tried}); does it run another program?")
        } else {
            format!("{name} answered only other requests within {tried}")
        };
        reason + &self.device_text()
    }

    /// The last line of text that the device sent, as the end of a sentence.
    pub(super) fn device_text(&self) -> String {
        if self.text.is_empty() { String::new() } else { format!("; the device reports: {}", self.text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_after(bytes: &[u8]) -> String {
        let mut diagnostics = LineDiagnostics::default();
        bytes.iter().for_each(|&byte| diagnostics.byte(byte));
        diagnostics.text
    }

    #[test]
    fn a_line_of_text_is_kept_however_it_ends() {
        for end in ["\n", "\r\n", "\r", "\n\r"] {
            assert_eq!(text_after(format!("hard fault at pc 0x1234{end}").as_bytes()), "hard fault at pc 0x1234");
            assert_eq!(text_after(format!("first line{end}second line{end}").as_bytes()), "second line");
        }
    }

    #[test]
    fn text_is_printable_and_neither_very_short_nor_very_long() {
        assert_eq!(text_after(b"\x1b[1;31mpanicked at main\x1b[0m\r\n"), "panicked at main");
        assert_eq!(text_after(b"Ger\xc3\xa4t is too hot\r\n"), "t is too hot");
        assert_eq!(text_after(b"short\r\n"), "");
        assert_eq!(text_after(&[&[b'x'; 9_999][..], b"\r\n"].concat()).len(), MAX_TEXT);
    }
}
