//! Shows digits on the board's display, one after the other: `show [--seed S] [--step]`.
//!
//! It begins with the digit of seed S (0 unless told). Beside it stand the next ones, where the display has room; then the
//! large digit turns into the first of them, softly, and so on for ever. The serial line says what is shown, each digit
//! also as text. With `--step` each picture stays until a byte comes in on the serial line. The byte `q` ends the program.
#![no_std]
#![no_main]

use core::fmt::Write;
use cortex_m_rt::entry;
use pocketgan_core::latent::Latent;
use pocketgan_core::model::IntegerGenerator;
use pocketgan_core::picture::{Picture, text_rows};
use pocketgan_core::recipe::PIXELS;
use pocketgan_display::tour::{Stop, Tour};
use pocketgan_display::walk;
use pocketgan_firmware::arguments::{Refusal, Show};
use pocketgan_firmware::command_line::CommandLine;
use pocketgan_firmware::display::Display;
use pocketgan_firmware::exit::{Status, finish};
use pocketgan_firmware::report::report;
use pocketgan_firmware::uart::Uart;
use pocketgan_firmware::{board, model};

/// Milliseconds a digit stays.
const DIGIT: u32 = 1500;
/// Milliseconds a picture between two digits stays; to draw it takes time as well.
const BETWEEN: u32 = 20;

#[entry]
fn main() -> ! {
    finish(run())
}

fn run() -> Status {
    let Ok(line) = CommandLine::read() else { return refuse(Refusal::NoLine) };
    match Show::parse(line.words()) {
        Ok(order) => show(&order),
        Err(refusal) => refuse(refusal),
    }
}

fn refuse(refusal: Refusal) -> Status {
    report(format_args!("show: {refusal}"));
    Status::BadArguments
}

fn show(order: &Show) -> Status {
    let generator = match model::generator() {
        Ok(generator) => generator,
        Err(status) => return status,
    };
    let uart = Uart::open();
    let Some(display) = Display::open() else {
        report(format_args!("show: {} has no display", board::NAME));
        return Status::NoDisplay;
    };
    let mut stage = Stage { generator, display, uart, picture: [0; PIXELS], step: order.step };
    for stop in Tour::from(order.seed) {
        if !stage.show(stop) {
            break;
        }
    }
    Status::Done
}

/// All that takes part.
struct Stage {
    generator: IntegerGenerator<'static>,
    display: Display,
    uart: Uart,
    picture: Picture,
    step: bool,
}

impl Stage {
    /// Shows a picture of the tour and returns whether to go on.
    fn show(&mut self, stop: Stop) -> bool {
        if let Stop::Digit(seed) = stop {
            self.show_next(seed);
        }
        self.generator.draw(&stop.latent(), &mut self.picture);
        self.display.large(&self.picture);
        let milliseconds = self.tell(stop);
        self.goes_on_after(milliseconds)
    }

    /// Shows the digits that come after that of `seed` as the small ones.
    fn show_next(&mut self, seed: u32) {
        for (index, next) in (0..self.display.small_count()).zip(1..) {
            self.generator.draw(&Latent::of_picture(seed.wrapping_add(next)), &mut self.picture);
            self.display.small(index, &self.picture);
        }
    }

    /// Says what is shown, a digit also as text, and returns for how long it is.
    fn tell(&mut self, stop: Stop) -> u32 {
        // The serial line never refuses.
        match stop {
            Stop::Digit(seed) => {
                let _ = writeln!(self.uart, "seed {seed}");
                self.tell_picture();
                DIGIT
            }
            Stop::Between { from, to, weight } => {
                let _ = writeln!(self.uart, "seed {from} to {to}, {weight} of {}", walk::WHOLE);
                BETWEEN
            }
        }
    }

    fn tell_picture(&mut self) {
        for row in text_rows(&self.picture) {
            self.uart.write_bytes(&row);
            self.uart.write_bytes(b"\n");
        }
    }

    /// Leaves what is shown, for a time or until a byte comes in.
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
