//! The serial protocol between a host and a device that draws digits.
//!
//! The host sends one [`Request`] at a time; the device answers each with one [`Reply`], a picture with several. A device
//! implements [`Device`] and calls [`Console::serve`]; a host uses [`send`] and [`Receiver`]. The rest of this page
//! specifies the bytes, for implementations in other languages.
//!
//! # Frames
//!
//! Frames are self-synchronising: a zero byte only ever delimits them, so after noise, a truncated frame or text the
//! next delimiter starts afresh. All numbers are little-endian. A frame is, between two delimiters of one byte `00` each,
//! the [COBS](https://doi.org/10.1109/90.769765) encoding (Cheshire and Baker 1999) of
//!
//! | bytes | content |
//! |---|---|
//! | 1 | sender: `?` for the host, `!` for the device |
//! | n | number of the request, a varint of 16 bits: the host counts from 1, and a reply repeats it; 0 if the request could not be decoded |
//! | m | the [`Request`] or [`Reply`] |
//! | 4 | CRC-32 (ISO-HDLC, as in zip and PNG) of all bytes before it |
//!
//! which has at most [`CONTENT`] bytes, so COBS adds exactly one. Both sides send a delimiter before each frame as well as
//! after it, and ignore empty frames and frames of their own kind of sender.
//!
//! # Messages
//!
//! Messages are in [postcard's encoding](https://postcard.jamesmunns.com/wire-format): the number of the variant, then its
//! fields in order. In the tables, `n` is a varint: seven bits per byte, least significant first, with the eighth bit set
//! in every byte but the last. `[x]` is a sequence: its length as `n`, then its elements.
//!
//! | request | fields | reply |
//! |---|---|---|
//! | 0 [`Hello`](Request::Hello) | protocol n | 1 |
//! | 1 [`Draw`](Request::Draw) | seed n | 2 four times, then 3 |
//! | 2 [`Show`](Request::Show) | seed n | 4 |
//! | 3 [`Morph`](Request::Morph) | from n, to n, frames n | 4 |
//! | 4 [`Measure`](Request::Measure) | seed n | 5 |
//! | 5 [`BeginUpload`](Request::BeginUpload) | len n, checksum n | 6 |
//! | 6 [`Upload`](Request::Upload) | offset n, \[byte\], at most [`CHUNK`] | 6 |
//! | 7 [`UseUploaded`](Request::UseUploaded) | | 7 |
//! | 8 [`UseFlash`](Request::UseFlash) | | 7 |
//! | 9 [`Seed`](Request::Seed) | digit byte, variant n | 8 |
//! | 10 [`Class`](Request::Class) | class byte | 9 |
//!
//! | reply | fields |
//! |---|---|
//! | 0 [`Error`](Reply::Error) | a device error |
//! | 1 [`Hello`](Reply::Hello) | protocol n, format n, program \[byte\], board \[byte\], then `00` and a model summary or `01` and a model error, capacity n, display byte (0 or 1), peak stack n |
//! | 2 [`Pixels`](Reply::Pixels) | offset n, \[byte\] |
//! | 3 [`Drawn`](Reply::Drawn) | checksum n |
//! | 4 [`Shown`](Reply::Shown) | |
//! | 5 [`Measured`](Reply::Measured) | unit n (0 cycles, 1 instructions), \[n\] |
//! | 6 [`Received`](Reply::Received) | received n |
//! | 7 [`Using`](Reply::Using) | a model summary |
//! | 8 [`Seed`](Reply::Seed) | seed n |
//! | 9 [`Class`](Reply::Class) | name \[byte\], empty for a digit; seeds byte, classes byte |
//!
//! A model summary is: memory n (0 flash, 1 RAM), kind n (0 f32, 1 int8, 2 int4, 3 mixed), widths \[n\], checksum n.
//!
//! | [device error](DeviceError) | fields | [model error](pocketgan_core::infer::model::ModelError) | fields |
//! |---|---|---|---|
//! | 0 `Protocol` | supported n | 0 `NotAModel` | |
//! | 1 `Damaged` | | 1 `Version` | expected n, got n |
//! | 2 `Overlong` | | 2 `Length` | expected n, got n |
//! | 3 `UnknownRequest` | | 3 `Checksum` | expected n, got n |
//! | 4 `NoDisplay` | | 4 `Header` | |
//! | 5 `NoCounter` | | 5 `Digits` | |
//! | 6 `TooFewFrames` | | 6 `Layers` | |
//! | 7 `ModelTooLarge` | capacity n | 7 `Range` | layer byte |
//! | 8 `NoUpload` | | 8 `Groups` | layer byte |
//! | 9 `WrongOffset` | received n, len n | 9 `Floats` | |
//! | 10 `Incomplete` | received n, len n | 10 `Kinds` | |
//! | 11 `WrongChecksum` | expected n, got n | 11 `Misaligned` | |
//! | 12 `Model` | a model error | 12 `Room` | expected n, got n |
//! | 13 `NoSeed` | digit byte | 13 `SectionLength` | section byte |
//! | 14 `NoClass` | class byte | 14 `Metadata` | |
//! | | | 15 `Names` | |
//!
//! # Errors on the line
//!
//! The device answers bytes between delimiters that are not a valid frame with [`DeviceError::Damaged`] or
//! [`DeviceError::Overlong`] and the number 0, and a frame that is not a request with [`DeviceError::UnknownRequest`] and
//! the frame's number. It never waits for anything but the next byte. A host that receives no reply repeats the request:
//! all requests are idempotent.
//!
//! # Versions
//!
//! The host begins with [`Request::Hello`]. The encodings of this request, of [`DeviceError::Protocol`] and of frames are
//! the same in every version; everything else may change with [`PROTOCOL`].
//! A request that was added later (10) is an [`UnknownRequest`](DeviceError::UnknownRequest) to an older device.
#![no_std]
#![forbid(unsafe_code)]

mod active_model;
mod console;
mod device_error;
mod frame;
mod message;
#[cfg(test)]
mod tests;
mod upload;
mod version;

pub use console::{Console, Device};
pub use device_error::DeviceError;
pub use frame::{CONTENT, FrameError, Receiver, Sender, send};
pub use message::{
    CHUNK, Chunk, Class, Description, Measurement, Memory, ModelSummary, Reply, Request, Shape, Steps, Unit,
};
pub use version::PROTOCOL;
