//! The device's side of the protocol: reads requests, draws, answers.

use heapless::String;
use serde::Deserialize;

use pocketgan_core::infer::checksum::crc32;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{ModelError, format};
use pocketgan_core::infer::morph;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::PIXELS;

use crate::active_model::ActiveModel;
use crate::device_error::DeviceError;
use crate::frame::{CONTENT, FrameError, Receiver, Sender, send};
use crate::message::{CHUNK, Class, Description, Measurement, Memory, Reply, Request};
use crate::upload::Upload;
use crate::version::PROTOCOL;

/// What the console requires of the device it runs on.
pub trait Device {
    /// Waits for the next byte of the line; `None` if the line has ended.
    fn read(&mut self) -> Option<u8>;

    /// Sends bytes.
    fn write(&mut self, bytes: &[u8]);

    /// The name of the board; the first 24 bytes are sent.
    fn board(&self) -> &str;

    /// The version of the device's program; the first 16 bytes are sent.
    fn program(&self) -> &str;

    /// Whether there is a display.
    fn has_display(&self) -> bool;

    /// Shows a picture on the display; not called without one.
    fn show(&mut self, picture: &Picture);

    /// Counts what each step of `work` takes, or returns `None` without a counter. `work` calls its argument at the end of
    /// each step.
    fn count(&mut self, work: &mut dyn FnMut(&mut dyn FnMut())) -> Option<Measurement>;

    /// The most bytes of stack used so far.
    fn peak_stack(&self) -> u32;
}

/// The memory of a console, 1.3 KB. A device keeps it in a static.
#[derive(Debug)]
pub struct Console {
    receiver: Receiver,
    content: [u8; CONTENT],
    picture: Picture,
}

/// A request with its number.
type Numbered = (u16, Request);

/// The model to draw from, or why there is none.
type Active<'s, 'f> = Result<&'s ActiveModel<'f>, ModelError>;

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Console {
    /// A console that has received nothing.
    pub const fn new() -> Self {
        Self { receiver: Receiver::new(), content: [0; CONTENT], picture: [0; PIXELS] }
    }

    /// Answers requests until the line ends. Draws from the model file `flash`, or from one that the host uploads into
    /// `memory`; both must begin on a multiple of 4 bytes.
    pub fn serve(&mut self, device: &mut impl Device, flash: &[u8], memory: &mut [u8]) {
        let flash = ActiveModel::parse(flash, Memory::Flash);
        let flash = flash.as_ref().map_err(|&error| error);
        let mut upload = Upload::new(memory);
        loop {
            let capacity = upload.capacity();
            let request = match upload.active_model() {
                None => self.answer_most(device, flash, capacity),
                Some(ram) => self.answer_most(device, ram.as_ref().map_err(|&error| error), capacity),
            };
            // The model does not borrow the RAM any more, so the RAM may change.
            let Some((number, request)) = request else { return };
            let reply = upload.answer(request, flash);
            self.reply(device, number, &reply);
        }
    }

    /// Answers requests until one concerns the RAM, and returns that; `None` if the line has ended.
    fn answer_most(&mut self, device: &mut impl Device, model: Active<'_, '_>, capacity: u32) -> Option<Numbered> {
        loop {
            let (number, request) = self.next_request(device)?;
            let answer = match request {
                Request::Hello { protocol } => hello(device, model, capacity, protocol),
                Request::Draw { seed } => self.send_picture(device, model, number, seed),
                Request::Show { seed } => self.show(device, model, seed),
                Request::Morph { from, to, frames } => self.morph(device, model, [from, to], frames),
                Request::Measure { seed } => self.measure(device, model, seed),
                Request::Seed { digit, variant } => seed(model, digit, variant),
                Request::Class { class } => class_of(model, class),
                _ => return Some((number, request)),
            };
            let reply = answer.unwrap_or_else(Reply::Error);
            self.reply(device, number, &reply);
        }
    }

    /// The next valid request; anything else is answered with an error.
    fn next_request(&mut self, device: &mut impl Device) -> Option<Numbered> {
        loop {
            let byte = device.read()?;
            let (number, error) = match self.receiver.take(Sender::Host, byte) {
                None => continue,
                Some(Ok(message)) => match decode(message) {
                    (number, Some(request)) => return Some((number, request)),
                    (number, None) => (number, DeviceError::UnknownRequest),
                },
                Some(Err(FrameError::Damaged)) => (0, DeviceError::Damaged),
                Some(Err(FrameError::Overlong)) => (0, DeviceError::Overlong),
            };
            self.reply(device, number, &Reply::Error(error));
        }
    }

    fn reply(&mut self, device: &mut impl Device, number: u16, reply: &Reply) {
        // A test shows that the longest reply fits.
        send(Sender::Device, &(number, reply), &mut self.content, |bytes| device.write(bytes));
    }

    fn draw(&mut self, model: Active<'_, '_>, latent: &Latent) -> Result<(), DeviceError> {
        model.map_err(DeviceError::Model)?.draw(latent, &mut self.picture, &mut || ());
        Ok(())
    }

    fn send_picture(
        &mut self,
        device: &mut impl Device,
        model: Active<'_, '_>,
        number: u16,
        seed: u32,
    ) -> Result<Reply, DeviceError> {
        self.draw(model, &Latent::of_picture(seed))?;
        for (index, pixels) in self.picture.chunks(CHUNK).enumerate() {
            let bytes = pixels.iter().copied().collect();
            let pixels = Reply::Pixels { offset: (index * CHUNK) as u16, bytes };
            send(Sender::Device, &(number, &pixels), &mut self.content, |bytes| device.write(bytes));
        }
        Ok(Reply::Drawn { checksum: crc32(&self.picture) })
    }

    fn show(&mut self, device: &mut impl Device, model: Active<'_, '_>, seed: u32) -> Result<Reply, DeviceError> {
        require_display(device)?;
        self.draw(model, &Latent::of_picture(seed))?;
        device.show(&self.picture);
        Ok(Reply::Shown)
    }

    fn morph(
        &mut self,
        device: &mut impl Device,
        model: Active<'_, '_>,
        [from, to]: [u32; 2],
        frames: u16,
    ) -> Result<Reply, DeviceError> {
        require_display(device)?;
        if frames < 2 {
            return Err(DeviceError::TooFewFrames);
        }
        let (from, to) = (Latent::of_picture(from), Latent::of_picture(to));
        for weight in morph::weights(frames) {
            self.draw(model, &from.blend(&to, weight))?;
            device.show(&self.picture);
        }
        Ok(Reply::Shown)
    }

    fn measure(&mut self, device: &mut impl Device, model: Active<'_, '_>, seed: u32) -> Result<Reply, DeviceError> {
        let model = model.map_err(DeviceError::Model)?;
        let work = &mut |step: &mut dyn FnMut()| model.draw(&Latent::of_picture(seed), &mut self.picture, step);
        device.count(work).map(Reply::Measured).ok_or(DeviceError::NoCounter)
    }
}

/// Number and request of a message; number 0 if not even the number is valid.
fn decode(message: &[u8]) -> (u16, Option<Request>) {
    let Ok((number, rest)) = postcard::take_from_bytes::<u16>(message) else { return (0, None) };
    (number, decode_all(rest))
}

/// The value that all of `bytes` encode.
fn decode_all<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}

fn hello(device: &impl Device, model: Active<'_, '_>, capacity: u32, protocol: u16) -> Result<Reply, DeviceError> {
    if protocol != PROTOCOL {
        return Err(DeviceError::Protocol { supported: PROTOCOL });
    }
    Ok(Reply::Hello(Description {
        protocol: PROTOCOL,
        format: format::NAMED_VERSION,
        program: shortened(device.program()),
        board: shortened(device.board()),
        model: model.map(|model| model.summary().clone()),
        capacity,
        display: device.has_display(),
        peak_stack: device.peak_stack(),
    }))
}

/// As many whole characters of `text` as fit.
fn shortened<const N: usize>(text: &str) -> String<N> {
    let mut short = String::new();
    let _ = text.chars().try_for_each(|c| short.push(c));
    short
}

fn seed(model: Active<'_, '_>, digit: u8, variant: u32) -> Result<Reply, DeviceError> {
    let digits = model.map_err(DeviceError::Model)?.digits();
    digits.seed(digit, variant).map(Reply::Seed).ok_or(DeviceError::NoSeed { digit })
}

fn class_of(model: Active<'_, '_>, class: u8) -> Result<Reply, DeviceError> {
    let digits = model.map_err(DeviceError::Model)?.digits();
    let seeds = digits.counts().get(usize::from(class)).ok_or(DeviceError::NoClass { class })?;
    let (name, classes) = (shortened(digits.name(class).unwrap_or_default()), digits.counts().len() as u8);
    Ok(Reply::Class(Class { name, seeds: *seeds, classes }))
}

fn require_display(device: &impl Device) -> Result<(), DeviceError> {
    if device.has_display() { Ok(()) } else { Err(DeviceError::NoDisplay) }
}
