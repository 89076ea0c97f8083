//! A model file on its way into RAM, and the model once it is there.

use super::source::Source;
use super::{Memory, Refusal, Reply, Request};
use pocketgan_core::infer::model::ModelError;

/// RAM that takes a model file.
pub(super) struct Upload<'m> {
    memory: &'m mut [u8],
    begun: Option<Begun>,
    in_use: bool,
}

/// A file that was announced.
#[derive(Clone, Copy)]
struct Begun {
    len: usize,
    checksum: u32,
    received: usize,
}

impl<'m> Upload<'m> {
    pub(super) fn new(memory: &'m mut [u8]) -> Self {
        Self { memory, begun: None, in_use: false }
    }

    /// Bytes that a model file may have.
    pub(super) fn room(&self) -> u32 {
        u32::try_from(self.memory.len()).unwrap_or(u32::MAX)
    }

    /// What to draw from, if it is the model in RAM.
    pub(super) fn source(&self) -> Option<Result<Source<'_>, ModelError>> {
        let begun = self.begun.filter(|_| self.in_use)?;
        Some(Source::parse(self.memory.get(..begun.len)?, Memory::Ram))
    }

    /// Does what `request` asks of the RAM. `flash` is what is drawn from otherwise.
    pub(super) fn answer(&mut self, request: Request, flash: Result<&Source<'_>, ModelError>) -> Reply {
        let done = match request {
            Request::Begin { len, checksum } => self.begin(len, checksum),
            Request::Store { offset, bytes } => self.store(offset, &bytes),
            Request::UseStored => self.use_stored(),
            Request::UseFlash => self.use_flash(flash),
            _ => Err(Refusal::Unknown),
        };
        done.unwrap_or_else(Reply::Refused)
    }

    fn begin(&mut self, len: u32, checksum: u32) -> Result<Reply, Refusal> {
        if len > self.room() {
            return Err(Refusal::NoRoom { room: self.room() });
        }
        self.in_use = false;
        self.begun = Some(Begun { len: len as usize, checksum, received: 0 });
        Ok(Reply::Stored { received: 0 })
    }

    fn store(&mut self, offset: u32, bytes: &[u8]) -> Result<Reply, Refusal> {
        // A file that is drawn from stays as it is.
        let begun = self.begun.as_mut().filter(|_| !self.in_use).ok_or(Refusal::NothingBegun)?;
        let wrong_place = Refusal::WrongPlace { received: begun.received as u32, len: begun.len as u32 };
        let start = usize::try_from(offset).ok().filter(|&start| start <= begun.received).ok_or(wrong_place)?;
        let end = start.checked_add(bytes.len()).filter(|&end| end <= begun.len).ok_or(wrong_place)?;
        self.memory.get_mut(start..end).ok_or(wrong_place)?.copy_from_slice(bytes);
        begun.received = begun.received.max(end);
        Ok(Reply::Stored { received: begun.received as u32 })
    }

    fn use_stored(&mut self) -> Result<Reply, Refusal> {
        let Begun { len, checksum, received } = self.begun.ok_or(Refusal::NothingBegun)?;
        if received < len {
            return Err(Refusal::Incomplete { received: received as u32, len: len as u32 });
        }
        let source = Source::parse(self.memory.get(..len).unwrap_or_default(), Memory::Ram).map_err(Refusal::Model)?;
        let summary = source.summary().clone();
        if summary.checksum != checksum {
            return Err(Refusal::WrongFile { expected: checksum, got: summary.checksum });
        }
        self.in_use = true;
        Ok(Reply::Using(summary))
    }

    fn use_flash(&mut self, flash: Result<&Source<'_>, ModelError>) -> Result<Reply, Refusal> {
        self.in_use = false;
        Ok(Reply::Using(flash.map_err(Refusal::Model)?.summary().clone()))
    }
}
