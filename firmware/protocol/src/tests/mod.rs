//! Frames, and the device's side with a simulated device.

mod console;
mod damage;
mod frames;
mod upload;

use super::*;
use pocketgan_core::include_model;
use pocketgan_core::infer::model::{Model, ModelError};
use pocketgan_core::infer::picture::Picture;

extern crate std;
use std::{vec, vec::Vec};

static FILE: &[u8] = include_model!("../../../models/mnist-int8.pgan");

/// Bytes of RAM that the simulated device has for a model.
const CAPACITY: usize = 300_000;

fn flash() -> Model<'static> {
    Model::parse(FILE).unwrap()
}

/// A device that receives the bytes of `line` and then the end of the line.
struct Simulated<'l> {
    line: std::slice::Iter<'l, u8>,
    sent: Vec<u8>,
    shown: Option<Vec<Picture>>,
    counts: bool,
}

impl Device for Simulated<'_> {
    fn read(&mut self) -> Option<u8> {
        self.line.next().copied()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.sent.extend(bytes);
    }

    fn board(&self) -> &str {
        "simulated"
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

    /// Counts the steps before each step.
    fn count(&mut self, work: &mut dyn FnMut(&mut dyn FnMut())) -> Option<Measurement> {
        let mut steps = Steps::new();
        work(&mut || steps.push(steps.len() as u32).unwrap());
        self.counts.then_some(Measurement { unit: Unit::Cycles, steps })
    }

    fn peak_stack(&self) -> u32 {
        1234
    }
}

fn simulated(line: &[u8]) -> Simulated<'_> {
    Simulated { line: line.iter(), sent: Vec::new(), shown: None, counts: false }
}

/// Calls `work` with RAM for a model, aligned as one must be.
fn with_memory<T>(work: impl FnOnce(&mut [u8]) -> T) -> T {
    let mut memory = vec![0_u128; CAPACITY / 16];
    work(bytemuck::cast_slice_mut(&mut memory))
}

/// The replies of a console to all that `device` receives.
fn serve(device: &mut Simulated, flash: &[u8]) -> Vec<(u16, Reply)> {
    with_memory(|memory| Console::new().serve(device, flash, memory));
    replies(&device.sent)
}

/// The replies of a console to `line`.
fn answers(line: &[u8]) -> Vec<(u16, Reply)> {
    serve(&mut simulated(line), FILE)
}

/// The only reply to one request.
fn answer(request: Request) -> Reply {
    let mut answers = answers(&frame(Sender::Host, &(7_u16, request)));
    let (number, reply) = answers.pop().unwrap();
    assert_eq!((number, answers.len()), (7, 0));
    reply
}

fn frame(sender: Sender, message: &impl serde::Serialize) -> Vec<u8> {
    let mut line = Vec::new();
    assert!(send(sender, message, &mut [0; CONTENT], |bytes| line.extend(bytes)), "it does not fit into a frame");
    line
}

/// The frame of a message given as bytes.
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

/// The replies that a device sent, which must be nothing but frames.
fn replies(sent: &[u8]) -> Vec<(u16, Reply)> {
    let mut receiver = Receiver::new();
    let message = |&byte| Some(postcard::from_bytes(receiver.take(Sender::Device, byte)?.unwrap()).unwrap());
    sent.iter().filter_map(message).collect()
}
