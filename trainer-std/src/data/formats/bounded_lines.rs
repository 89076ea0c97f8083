//! Text of which no line is so long that it cannot be held in memory.

use std::io::{self, ErrorKind, Read};

/// Bytes of the longest line: 65,536 pixels with commas are half of it.
const LONGEST: usize = 1 << 20;

/// A reader that fails when a line is longer than that.
pub(super) struct BoundedLines<R> {
    source: R,
    /// Bytes since the last end of a line.
    line: usize,
}

impl<R: Read> BoundedLines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, line: 0 }
    }
}

impl<R: Read> Read for BoundedLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.line = match buffer[..count].iter().rposition(|&byte| byte == b'\n') {
            Some(end) => count - end - 1,
            None => self.line + count,
        };
        match self.line > LONGEST {
            true => Err(io::Error::new(ErrorKind::InvalidData, "it has a line of more than 1 MiB, so it is no table")),
            false => Ok(count),
        }
    }
}
