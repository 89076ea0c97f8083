//! The upload of a model file into RAM, and the model when it is complete.

use pocketgan_core::infer::model::ModelError;

use crate::active_model::ActiveModel;
use crate::device_error::DeviceError;
use crate::message::{Memory, Reply, Request};

/// RAM that holds a model file.
pub(crate) struct Upload<'m> {
    memory: &'m mut [u8],
    file: Option<Announced>,
    in_use: bool,
}

/// A file whose upload has begun.
#[derive(Clone, Copy)]
struct Announced {
    len: usize,
    checksum: u32,
    received: usize,
}

impl<'m> Upload<'m> {
    pub(crate) fn new(memory: &'m mut [u8]) -> Self {
        Self { memory, file: None, in_use: false }
    }

    /// Length in bytes of the largest model file that fits.
    pub(crate) fn capacity(&self) -> u32 {
        u32::try_from(self.memory.len()).unwrap_or(u32::MAX)
    }

    /// The uploaded model, if it is in use.
    pub(crate) fn active_model(&self) -> Option<Result<ActiveModel<'_>, ModelError>> {
        let file = self.file.filter(|_| self.in_use)?;
        Some(ActiveModel::parse(self.memory.get(..file.len)?, Memory::Ram))
    }

    /// Carries out a request that concerns the RAM. `flash` is the model that is used otherwise.
    pub(crate) fn answer(&mut self, request: Request, flash: Result<&ActiveModel<'_>, ModelError>) -> Reply {
        let result = match request {
            Request::BeginUpload { len, checksum } => self.begin(len, checksum),
            Request::Upload { offset, bytes } => self.store(offset, &bytes),
            Request::UseUploaded => self.use_uploaded(),
            Request::UseFlash => self.use_flash(flash),
            _ => Err(DeviceError::UnknownRequest),
        };
        result.unwrap_or_else(Reply::Error)
    }

    fn begin(&mut self, len: u32, checksum: u32) -> Result<Reply, DeviceError> {
        if len > self.capacity() {
            return Err(DeviceError::ModelTooLarge { capacity: self.capacity() });
        }
        self.in_use = false;
        self.file = Some(Announced { len: len as usize, checksum, received: 0 });
        Ok(Reply::Received { received: 0 })
    }

    fn store(&mut self, offset: u32, bytes: &[u8]) -> Result<Reply, DeviceError> {
        // A model in use must not change.
        let file = self.file.as_mut().filter(|_| !self.in_use).ok_or(DeviceError::NoUpload)?;
        let wrong_offset = DeviceError::WrongOffset { received: file.received as u32, len: file.len as u32 };
        let start = usize::try_from(offset).ok().filter(|&start| start <= file.received).ok_or(wrong_offset)?;
        let end = start.checked_add(bytes.len()).filter(|&end| end <= file.len).ok_or(wrong_offset)?;
        self.memory.get_mut(start..end).ok_or(wrong_offset)?.copy_from_slice(bytes);
        file.received = file.received.max(end);
        Ok(Reply::Received { received: file.received as u32 })
    }

    fn use_uploaded(&mut self) -> Result<Reply, DeviceError> {
        let Announced { len, checksum, received } = self.file.ok_or(DeviceError::NoUpload)?;
        if received < len {
            return Err(DeviceError::Incomplete { received: received as u32, len: len as u32 });
        }
        let file = self.memory.get(..len).unwrap_or_default();
        let summary = ActiveModel::parse(file, Memory::Ram).map_err(DeviceError::Model)?.summary().clone();
        if summary.checksum != checksum {
            return Err(DeviceError::WrongChecksum { expected: checksum, got: summary.checksum });
        }
        self.in_use = true;
        Ok(Reply::Using(summary))
    }

    fn use_flash(&mut self, flash: Result<&ActiveModel<'_>, ModelError>) -> Result<Reply, DeviceError> {
        self.in_use = false;
        Ok(Reply::Using(flash.map_err(DeviceError::Model)?.summary().clone()))
    }
}
