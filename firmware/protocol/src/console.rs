//! The device's side: reads requests, draws, answers.

use serde::Deserialize;

use super::source::Source;
use super::upload::Upload;
use super::{
    CHUNK, CONTENT, Description, FrameError, Measured, Memory, PROTOCOL, Receiver, Refusal, Reply, Request, Sender,
    send,
};
use pocketgan_core::infer::checksum::crc32;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{ModelError, format};
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::PIXELS;

/// What the console needs of the device it runs on.
pub trait Device {
    /// The next byte of the line, waited for; `None` if no more will ever come.
    fn read(&mut self) -> Option<u8>;

    /// Sends bytes.
    fn write(&mut self, bytes: &[u8]);

    /// The board's name.
    fn board(&self) -> &str;

    /// The version of the device's program.
    fn program(&self) -> &str;

    /// Whether there is a display.
    fn has_display(&self) -> bool;

    /// Shows a picture on the display; nothing without one.
    fn show(&mut self, picture: &Picture);

    /// The second picture's weight in 256ths in `frame` (from 0) of a walk of `frames` pictures.
    fn weight(&self, frame: u16, frames: u16) -> u16;

    /// Counts what the steps of `work` take, if there is a counter; without one `work` need not be done. `work` calls
    /// what it is given at the end of each step.
    fn count(&mut self, work: &mut dyn FnMut(&mut dyn FnMut())) -> Option<Measured>;

    /// Bytes of stack used at the deepest point so far.
    fn deepest_stack(&self) -> u32;
}

/// What the console remembers. It is some hundred bytes to a kilobyte: a device keeps it in a static.
#[derive(Debug)]
pub struct Console {
    receiver: Receiver,
    content: [u8; CONTENT],
    picture: Picture,
}

/// A request that was read, with its number.
type Numbered = (u16, Request);

/// What is drawn from, or what is wrong with it.
type Drawable<'s, 'f> = Result<&'s Source<'f>, ModelError>;

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Console {
    /// A console that has seen nothing.
    pub const fn new() -> Self {
        Self { receiver: Receiver::new(), content: [0; CONTENT], picture: [0; PIXELS] }
    }

    /// Answers requests until the line ends. Pictures are drawn from the model file `flash`, or from one that the host
    /// stores in `memory`; both begin on a multiple of 4 bytes.
    pub fn serve(&mut self, device: &mut impl Device, flash: &[u8], memory: &mut [u8]) {
        let flash = Source::parse(flash, Memory::Flash);
        let flash = flash.as_ref().map_err(|&error| error);
        let mut upload = Upload::new(memory);
        loop {
            let room = upload.room();
            let request = match upload.source() {
                None => self.answer_most(device, flash, room),
                Some(ram) => self.answer_most(device, ram.as_ref().map_err(|&error| error), room),
            };
            // The model is not borrowed from RAM any more, so the RAM may change.
            let Some((number, request)) = request else { return };
            let reply = upload.answer(request, flash);
            self.reply(device, number, &reply);
        }
    }

    /// Answers requests until one is about the RAM, which it gives back, or the line ends.
    fn answer_most(&mut self, device: &mut impl Device, source: Drawable<'_, '_>, room: u32) -> Option<Numbered> {
        loop {
            let (number, request) = self.next_request(device)?;
            let answer = match request {
                Request::Hello { protocol } => hello(device, source, room, protocol),
                Request::Draw { seed } => self.send_picture(device, source, number, seed),
                Request::Show { seed } => self.show(device, source, seed),
                Request::Morph { from, to, frames } => self.morph(device, source, [from, to], frames),
                Request::Measure { seed } => self.measure(device, source, seed),
                Request::Seed { digit, variant } => seed(source, digit, variant),
                _ => return Some((number, request)),
            };
            let reply = answer.unwrap_or_else(Reply::Refused);
            self.reply(device, number, &reply);
        }
    }

    /// The next request that can be read; what cannot be is answered here.
    fn next_request(&mut self, device: &mut impl Device) -> Option<Numbered> {
        loop {
            let byte = device.read()?;
            let (number, refusal) = match self.receiver.take(Sender::Host, byte) {
                None => continue,
                Some(Ok(message)) => match read(message) {
                    (number, Some(request)) => return Some((number, request)),
                    (number, None) => (number, Refusal::Unknown),
                },
                Some(Err(FrameError::Damaged)) => (0, Refusal::Damaged),
                Some(Err(FrameError::Overlong)) => (0, Refusal::Overlong),
            };
            self.reply(device, number, &Reply::Refused(refusal));
        }
    }

    fn reply(&mut self, device: &mut impl Device, number: u16, reply: &Reply) {
        // A test shows that the longest reply fits.
        send(Sender::Device, &(number, reply), &mut self.content, |bytes| device.write(bytes));
    }

    fn draw(&mut self, source: Drawable<'_, '_>, latent: &Latent) -> Result<(), Refusal> {
        source.map_err(Refusal::Model)?.draw(latent, &mut self.picture, &mut || ());
        Ok(())
    }

    fn send_picture(
        &mut self,
        device: &mut impl Device,
        source: Drawable<'_, '_>,
        number: u16,
        seed: u32,
    ) -> Result<Reply, Refusal> {
        self.draw(source, &Latent::of_picture(seed))?;
        for (index, pixels) in self.picture.chunks(CHUNK).enumerate() {
            let bytes = pixels.iter().copied().collect();
            let piece = Reply::Piece { offset: (index * CHUNK) as u16, bytes };
            send(Sender::Device, &(number, &piece), &mut self.content, |bytes| device.write(bytes));
        }
        Ok(Reply::Drawn { checksum: crc32(&self.picture) })
    }

    fn show(&mut self, device: &mut impl Device, source: Drawable<'_, '_>, seed: u32) -> Result<Reply, Refusal> {
        need_display(device)?;
        self.draw(source, &Latent::of_picture(seed))?;
        device.show(&self.picture);
        Ok(Reply::Shown)
    }

    fn morph(
        &mut self,
        device: &mut impl Device,
        source: Drawable<'_, '_>,
        [from, to]: [u32; 2],
        frames: u16,
    ) -> Result<Reply, Refusal> {
        need_display(device)?;
        if frames < 2 {
            return Err(Refusal::TooFewFrames);
        }
        let (from, to) = (Latent::of_picture(from), Latent::of_picture(to));
        for frame in 0..frames {
            let weight = device.weight(frame, frames).min(256);
            self.draw(source, &from.blend(&to, weight))?;
            device.show(&self.picture);
        }
        Ok(Reply::Shown)
    }

    fn measure(&mut self, device: &mut impl Device, source: Drawable<'_, '_>, seed: u32) -> Result<Reply, Refusal> {
        let source = source.map_err(Refusal::Model)?;
        let work = &mut |step: &mut dyn FnMut()| source.draw(&Latent::of_picture(seed), &mut self.picture, step);
        device.count(work).map(Reply::Measured).ok_or(Refusal::NoCounter)
    }
}

/// Number and request of a message; number 0 if not even that can be read.
fn read(message: &[u8]) -> (u16, Option<Request>) {
    let Ok((number, rest)) = postcard::take_from_bytes::<u16>(message) else { return (0, None) };
    (number, whole(rest))
}

/// What `bytes` encode, if they encode nothing else behind it.
fn whole<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}

fn hello(device: &impl Device, source: Drawable<'_, '_>, room: u32, protocol: u16) -> Result<Reply, Refusal> {
    if protocol != PROTOCOL {
        return Err(Refusal::Protocol { speaks: PROTOCOL });
    }
    Ok(Reply::Hello(Description {
        protocol: PROTOCOL,
        format: format::VERSION,
        program: device.program().try_into().unwrap_or_default(),
        board: device.board().try_into().unwrap_or_default(),
        model: source.map(|source| source.summary().clone()),
        room,
        display: device.has_display(),
        deepest_stack: device.deepest_stack(),
    }))
}

fn seed(source: Drawable<'_, '_>, digit: u8, variant: u32) -> Result<Reply, Refusal> {
    let digits = source.map_err(Refusal::Model)?.digits();
    digits.seed(digit, variant).map(Reply::Seed).ok_or(Refusal::NoSeed { digit })
}

fn need_display(device: &impl Device) -> Result<(), Refusal> {
    if device.has_display() { Ok(()) } else { Err(Refusal::NoDisplay) }
}
