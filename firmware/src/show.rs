//! How the program `show` plays its loops: paced by the board's display or by bytes on the serial line, where it also
//! reports what is shown.

use crate::board;
use crate::display::{self, Display};
use crate::uart::Uart;
use core::fmt::Write;
use core::ops::ControlFlow;
use pocketgan_core::infer::{
    morph::FULL_WEIGHT,
    picture::{Picture, text_rows},
};
use pocketgan_display::player::{Frame, Player};
use pocketgan_display::screen::Screen;

/// The board's side of a loop. The byte `q` ends it.
pub struct SerialPlayer {
    uart: Uart,
    step: bool,
}

impl SerialPlayer {
    /// With `step` each frame stays until a byte is received.
    pub fn new(step: bool) -> Self {
        Self { uart: Uart::open(), step }
    }

    fn report(&mut self, frame: Frame) {
        // The serial line is infallible.
        let _ = match frame {
            // `digit` has reported it, with its picture.
            Frame::Digit(_) => Ok(()),
            Frame::Morph { from, to, weight } => writeln!(self.uart, "seed {from} to {to}, {weight} of {FULL_WEIGHT}"),
            Frame::Number(number) => writeln!(self.uart, "number {number}"),
            Frame::NumberMorph { from, to, weight } => {
                writeln!(self.uart, "number {from} to {to}, {weight} of {FULL_WEIGHT}")
            }
            Frame::Page(page) => writeln!(self.uart, "page {page}"),
            Frame::PageMorph { from, to, weight } => {
                writeln!(self.uart, "page {from} to {to}, {weight} of {FULL_WEIGHT}")
            }
        };
    }

    /// Waits for the time, or for a byte, and returns the byte that was received.
    fn wait(&self, milliseconds: u32) -> Option<u8> {
        if self.step {
            return Some(board::next_byte());
        }
        display::wait(milliseconds);
        board::read_byte()
    }
}

impl Player<Display> for SerialPlayer {
    fn digit(&mut self, seed: u32, picture: &Picture) {
        // The serial line is infallible.
        let _ = writeln!(self.uart, "seed {seed}");
        for row in text_rows(picture) {
            self.uart.write_bytes(&row);
            self.uart.write_bytes(b"\n");
        }
    }

    fn hold(
        &mut self,
        _: &mut Display,
        frame: Frame,
        milliseconds: u32,
    ) -> Result<ControlFlow<()>, <Display as Screen>::Error> {
        self.report(frame);
        Ok(if self.wait(milliseconds) == Some(b'q') { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}
