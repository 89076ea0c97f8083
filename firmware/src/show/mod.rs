//! What the program `show` shows: a [counter](count) or a [tour](tour) through digits, on a stage.

mod count;
mod tour;

pub use count::count;
pub use tour::tour;

use crate::board;
use crate::display::Display;
use crate::uart::Uart;
use core::fmt::Write;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::IntegerGenerator;
use pocketgan_core::infer::picture::{Picture, text_rows};
use pocketgan_core::recipe::PIXELS;

/// Milliseconds a picture between two digits stays; to draw it takes time as well.
const BETWEEN: u32 = 20;

/// All that takes part.
pub struct Stage {
    generator: IntegerGenerator<'static>,
    display: Display,
    uart: Uart,
    picture: Picture,
    step: bool,
}

impl Stage {
    /// A stage for this display. With `step` each picture stays until a byte comes in on the serial line.
    pub fn new(generator: IntegerGenerator<'static>, display: Display, step: bool) -> Self {
        Self { generator, display, uart: Uart::open(), picture: [0; PIXELS], step }
    }

    fn draw(&mut self, latent: &Latent) {
        self.generator.draw(latent, &mut self.picture);
    }

    /// Says which seed was drawn last, and sends its digit as text.
    fn tell_digit(&mut self, seed: u32) {
        // The serial line never refuses.
        let _ = writeln!(self.uart, "seed {seed}");
        for row in text_rows(&self.picture) {
            self.uart.write_bytes(&row);
            self.uart.write_bytes(b"\n");
        }
    }

    /// Leaves what is shown, for a time or until a byte comes in, and returns whether to go on.
    fn goes_on_after(&mut self, milliseconds: u32) -> bool {
        if !self.step {
            self.display.wait(milliseconds);
            return board::read_byte() != Some(b'q');
        }
        loop {
            if let Some(byte) = board::read_byte() {
                return byte != b'q';
            }
        }
    }
}
