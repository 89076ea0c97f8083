//! What goes over the serial line between a host and a device that draws.
//!
//! The host asks, one [`Request`] at a time, and the device answers each with one [`Reply`] (a picture with several).
//!
//! # Frames
//!
//! All numbers are little-endian. A frame is, between two delimiters of one byte `00` each,
//! [COBS](https://doi.org/10.1109/90.769765) (Cheshire and Baker 1999) of
//!
//! | bytes | what |
//! |---|---|
//! | 1 | who sends it: `?` the host, `!` the device |
//! | n | the request's number as postcard's `u16`: the host counts from 1, a reply repeats it; 0 answers what could not be read |
//! | m | the [`Request`] or [`Reply`] in [postcard's encoding](https://postcard.jamesmunns.com/wire-format) |
//! | 4 | CRC-32 (ISO-HDLC, the one of zip and PNG) of all bytes before |
//!
//! in all at most [`CONTENT`] bytes, so that COBS adds exactly one. A zero is never part of a frame: whatever noise, cut
//! frame or text there was, the next delimiter ends it. Empty frames mean nothing, so both sides begin a frame with a
//! delimiter, too.
//!
//! # What the device does about damage
//!
//! Bytes between delimiters that are no frame are answered with [`Refusal::Damaged`] or [`Refusal::Overlong`] under the
//! number 0, a frame whose message is none with [`Refusal::Unknown`] under its own number. It never waits for anything
//! but the next byte. A host that hears nothing asks again: every request may be repeated and then does what it did.
//!
//! # Versions
//!
//! The host begins with [`Request::Hello`]. Its encoding, that of [`Refusal::Protocol`] and the form of frames stay as they
//! are in every version; all else may change with [`PROTOCOL`].
#![no_std]
#![forbid(unsafe_code)]

mod console;
mod frame;
mod message;
mod source;
#[cfg(test)]
mod tests;
mod upload;

pub use console::{Console, Device};
pub use frame::{CONTENT, FrameError, Receiver, Sender, send};
pub use message::{
    CHUNK, Chunk, Description, Measured, Memory, ModelSummary, Refusal, Reply, Request, Shape, Steps, Unit,
};

/// The version of the messages.
pub const PROTOCOL: u16 = 2;
