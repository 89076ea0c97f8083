//! Frames, and the device's side with a device that is made up.

mod console;
mod damage;
mod frames;
mod upload;

use super::*;
use pocketgan_core::infer::model::{Model, ModelError};
use pocketgan_core::infer::picture::Picture;

extern crate std;
use std::{vec, vec::Vec};

/// A model on an address that its weights may be borrowed from.
#[repr(align(16))]
struct Aligned<T: ?Sized>(T);

static FILE: &Aligned<[u8]> = &Aligned(*include_bytes!("../../../../firmware/models/mnist-int8.pgan"));

/// Bytes of RAM for a model that a device of these tests has.
const ROOM: usize = 300_000;

fn flash() -> Model<'static> {
    Model::parse(&FILE.0).unwrap()
}

/// A device whose line brings the bytes of `line` and then ends.
struct Desk<'l> {
    line: std::slice::Iter<'l, u8>,
    sent: Vec<u8>,
    shown: Option<Vec<Picture>>,
    counts: bool,
}

impl Device for Desk<'_> {
    fn read(&mut self) -> Option<u8> {
        self.line.next().copied()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.sent.extend(bytes);
    }

    fn board(&self) -> &str {
        "desk"
    }

    fn program(&self) -> &str {
        "1.2.3"
    }

    fn has_display(&self) -> bool {
        self.shown.is_some()
    }

    fn show(&mut self, picture: &Picture) {
        self.shown.as_mut().unwrap().push(*picture);
    }

    fn weight(&self, frame: u16, frames: u16) -> u16 {
        256 * frame / (frames - 1)
    }

    /// Counts how often a step ended before this one.
    fn count(&mut self, work: &mut dyn FnMut(&mut dyn FnMut())) -> Option<Measured> {
        let mut steps = Steps::new();
        work(&mut || steps.push(steps.len() as u32).unwrap());
        self.counts.then_some(Measured { unit: Unit::Cycles, steps })
    }

    fn deepest_stack(&self) -> u32 {
        1234
    }
}

fn desk(line: &[u8]) -> Desk<'_> {
    Desk { line: line.iter(), sent: Vec::new(), shown: None, counts: false }
}

/// RAM for a model, aligned as one must be.
fn with_memory<T>(work: impl FnOnce(&mut [u8]) -> T) -> T {
    let mut memory = vec![0_u128; ROOM / 16];
    work(bytemuck::cast_slice_mut(&mut memory))
}

/// Has a console answer all of a desk's line, and gives what it answered.
fn serve(desk: &mut Desk, flash: &[u8]) -> Vec<(u16, Reply)> {
    with_memory(|memory| Console::new().serve(desk, flash, memory));
    replies(&desk.sent)
}

/// What a console answers to `line`.
fn answers(line: &[u8]) -> Vec<(u16, Reply)> {
    serve(&mut desk(line), &FILE.0)
}

/// The one answer to one request.
fn answer(request: Request) -> Reply {
    let mut answers = answers(&frame(Sender::Host, &(7_u16, request)));
    let (number, reply) = answers.pop().unwrap();
    assert_eq!((number, answers.len()), (7, 0));
    reply
}

fn frame(sender: Sender, message: &impl serde::Serialize) -> Vec<u8> {
    let mut line = Vec::new();
    assert!(send(sender, message, &mut [0; CONTENT], |bytes| line.extend(bytes)), "it fits no frame");
    line
}

/// The frame of a message that is given as bytes.
fn frame_of(message: &[u8]) -> Vec<u8> {
    struct Raw<'m>(&'m [u8]);
    impl serde::Serialize for Raw<'_> {
        fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeTuple;
            let mut tuple = to.serialize_tuple(self.0.len())?;
            self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
            tuple.end()
        }
    }
    frame(Sender::Host, &Raw(message))
}

/// The frames of requests, numbered from 1.
fn requests(requests: impl IntoIterator<Item = Request>) -> Vec<u8> {
    (1_u16..).zip(requests).flat_map(|numbered| frame(Sender::Host, &numbered)).collect()
}

/// What a host makes of what a device sent, all of which must be frames.
fn replies(sent: &[u8]) -> Vec<(u16, Reply)> {
    let mut receiver = Receiver::new();
    let message = |&byte| Some(postcard::from_bytes(receiver.take(Sender::Device, byte)?.unwrap()).unwrap());
    sent.iter().filter_map(message).collect()
}
