//! Standard output and standard error. Either may be closed or full, and `println!` panics then.
//!
//! Lines are escaped, so that no name of a file or text of a device in them can command the terminal.
//!
//! The result of a short command is all that was asked for, so a failure to write it is an error. A training has files to
//! write, so it goes on without its lines.

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, Write};

use anyhow::{Context, Result};
use indicatif::ProgressDrawTarget;
use serde::Serialize;

use crate::output::printable::{escaped, shortened};

/// Characters of the longest line on standard error: an error may quote text of any length.
const MAX_REMARK: usize = 4000;

/// The reader of standard output has gone, as `head` does when it has seen enough.
///
/// Not a failure: the program stops writing and exits with code 0, as ripgrep does.
#[derive(Debug, thiserror::Error)]
#[error("the reader of standard output has closed it")]
pub(crate) struct OutputClosed;

/// Writes text of several lines to standard output. What others wrote in it must be printable already.
///
/// # Errors
/// [`OutputClosed`] if there is no reader any more; otherwise why it cannot be written.
pub(crate) fn print(text: impl Display) -> Result<()> {
    write_stdout(|out| write!(out, "{text}"))
}

/// Writes a line to standard output.
///
/// # Errors
/// Those of [`print()`].
pub(crate) fn print_line(line: impl Display) -> Result<()> {
    write_stdout(|out| writeln!(out, "{}", escaped(&line.to_string())))
}

/// Writes a value as JSON in ASCII to standard output.
///
/// # Errors
/// Those of [`print()`].
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print(ascii_json(&serde_json::to_string_pretty(value)?) + "\n")
}

/// JSON holds characters beyond ASCII only in strings, where their UTF-16 codes mean the same.
fn ascii_json(json: &str) -> String {
    let code = |unit: &mut u16| format!("\\u{unit:04x}");
    let ascii = |c: char| match c {
        '\n' | ' '..='~' => c.into(),
        _ => c.encode_utf16(&mut [0; 2]).iter_mut().map(code).collect::<String>(),
    };
    json.chars().map(ascii).collect()
}

/// Has `fill` write to standard output, and flushes it.
///
/// # Errors
/// Those of [`print()`].
pub(crate) fn write_stdout(fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match fill(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        written => written.context("standard output cannot be written"),
    }
}

/// Whether standard error is a terminal on which a line can be drawn over, as progress bars need it. It is not if TERM is
/// "dumb" or unset.
pub(crate) fn can_redraw() -> bool {
    !ProgressDrawTarget::stderr().is_hidden()
}

/// Writes a line about a training's progress to standard output, if that can be written.
pub(crate) fn progress(line: impl Display) {
    let _ = writeln!(io::stdout(), "{}", escaped(&line.to_string()));
}

/// Writes a line to standard error, if that can be written.
pub(crate) fn remark(line: impl Display) {
    let _ = writeln!(io::stderr(), "{}", shortened(&line.to_string(), MAX_REMARK));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_ascii_means_the_same() {
        for text in ["\u{9b}31m\x7f\x1b", "\u{202e}é😀", "\"quoted\\\n"] {
            let json = ascii_json(&serde_json::to_string(text).unwrap());
            assert!(json.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
