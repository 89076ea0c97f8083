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
use pocketgan_display::walk;
use pocketgan_firmware::arguments::{Refusal, Show};
use pocketgan_firmware::command_line::CommandLine;
use pocketgan_firmware::display::Display;
use pocketgan_firmware::exit::{Status, exit};
use pocketgan_firmware::report::report;
use pocketgan_firmware::uart::Uart;
use pocketgan_firmware::{board, model, stack};

/// Steps from one digit to the next.
const STEPS: u32 = 16;
/// Milliseconds a digit stays.
const DIGIT: u32 = 1500;
/// Milliseconds a picture between two digits stays; to draw it takes time as well.
const BETWEEN: u32 = 20;

#[entry]
fn main() -> ! {
    let status = run();
    defmt::info!("stack: {=usize} bytes", stack::deepest());
    exit(status)
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
        Err(reason) => {
            report(format_args!("show: the model in flash cannot be used: {reason}"));
            return Status::BadModel;
        }
    };
    let uart = Uart::open();
    let Some(display) = Display::open() else {
        report(format_args!("show: {} has no display", board::NAME));
        return Status::NoDisplay;
    };
    let mut stage = Stage { generator, display, uart, picture: [0; PIXELS], step: order.step };
    let mut seed = order.seed;
    while stage.digit(seed) && stage.walk(seed, seed.wrapping_add(1)) {
        seed = seed.wrapping_add(1);
    }
    Status::Done
}

/// All that takes part. Its methods that show something return whether to go on.
struct Stage {
    generator: IntegerGenerator<'static>,
    display: Display,
    uart: Uart,
    picture: Picture,
    step: bool,
}

impl Stage {
    /// The digit of `seed`, the next ones beside it.
    fn digit(&mut self, seed: u32) -> bool {
        for index in 0..self.display.small_count() {
            self.generator.draw(&Latent::of_picture(seed.wrapping_add(1 + index as u32)), &mut self.picture);
            self.display.small(index, &self.picture);
        }
        self.large(&Latent::of_picture(seed));
        // The serial line never refuses.
        let _ = writeln!(self.uart, "seed {seed}");
        for row in text_rows(&self.picture) {
            self.uart.write_bytes(&row);
            self.uart.write_bytes(b"\n");
        }
        self.goes_on_after(DIGIT)
    }

    /// The pictures between two digits.
    fn walk(&mut self, from: u32, to: u32) -> bool {
        (1..STEPS).all(|step| {
            let weight = walk::weight(step, STEPS);
            self.large(&Latent::of_picture(from).blend(&Latent::of_picture(to), weight));
            let _ = writeln!(self.uart, "seed {from} to {to}, {weight} of {}", walk::WHOLE);
            self.goes_on_after(BETWEEN)
        })
    }

    fn large(&mut self, latent: &Latent) {
        self.generator.draw(latent, &mut self.picture);
        self.display.large(&self.picture);
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
