//! Decoding the firmware's defmt log, whose texts are in the ELF file only.

use anyhow::{Result, anyhow};
use defmt_decoder::{DecodeError, Frame, StreamDecoder, Table};

/// The texts of a program's log, from its ELF file.
pub struct Texts(Table);

/// Makes lines of the log as its bytes come in.
pub struct Decoder<'t>(Box<dyn StreamDecoder + Send + Sync + 't>);

impl Texts {
    /// Reads the texts.
    ///
    /// # Errors
    /// If the ELF file has none, or those of another version of defmt.
    pub fn of(elf: &[u8]) -> Result<Self> {
        let table = Table::parse(elf)?.ok_or_else(|| anyhow!("it has no defmt log"))?;
        Ok(Self(table))
    }

    /// Starts to decode one run's log.
    pub fn decoder(&self) -> Decoder<'_> {
        Decoder(self.0.new_stream_decoder())
    }
}

impl Decoder<'_> {
    /// Takes more of the log and tells each line it completes, such as `INFO stack: 1234 bytes`.
    pub fn take(&mut self, bytes: &[u8], tell: &mut impl FnMut(&str)) {
        self.0.received(bytes);
        loop {
            match self.0.decode() {
                Ok(frame) => tell(&line(&frame)),
                Err(DecodeError::Malformed) => tell("ERROR a line of the log cannot be decoded"),
                Err(DecodeError::UnexpectedEof) => break,
            }
        }
    }
}

fn line(frame: &Frame) -> String {
    let level = frame.level().map_or("", |level| level.as_str());
    format!("{} {}", level.to_uppercase(), frame.display_message())
}
