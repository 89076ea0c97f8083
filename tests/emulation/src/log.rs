//! Decoding the firmware's defmt log, whose format strings are in the ELF file only.

use anyhow::{Context, Result};
use defmt_decoder::{DecodeError, Frame, StreamDecoder, Table};
use std::io::Read;

/// The format strings of a program's log.
pub(crate) struct Formats(Table);

impl Formats {
    /// Reads them from an ELF file.
    ///
    /// # Errors
    /// If there are none, or those of another version of defmt.
    pub(crate) fn of(elf: &[u8]) -> Result<Self> {
        Table::parse(elf)?.context("it has no defmt log").map(Self)
    }

    /// Decodes a log up to its end and passes each line to `sink`, such as `INFO stack: 1234 bytes`.
    pub(crate) fn decode(&self, mut log: impl Read, mut sink: impl FnMut(&str)) {
        let (mut decoder, mut bytes) = (self.0.new_stream_decoder(), [0; 4096]);
        // A pipe that cannot be read has ended as well.
        while let Ok(n @ 1..) = log.read(&mut bytes) {
            decoder.received(&bytes[..n]);
            decode_received(&mut *decoder, &mut sink);
        }
    }
}

fn decode_received(decoder: &mut dyn StreamDecoder, sink: &mut impl FnMut(&str)) {
    loop {
        match decoder.decode() {
            Ok(frame) => sink(&line(&frame)),
            Err(DecodeError::Malformed) => sink("ERROR a line of the log cannot be decoded"),
            Err(DecodeError::UnexpectedEof) => break,
        }
    }
}

fn line(frame: &Frame) -> String {
    let level = frame.level().map_or("", |level| level.as_str());
    format!("{} {}", level.to_uppercase(), frame.display_message())
}
