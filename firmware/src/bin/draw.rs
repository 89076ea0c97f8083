//! Draws digits: `draw [--seed S] [--count N] [--morph S2] [--idx]`.
//!
//! Sends the pictures of N (default 4) consecutive seeds from S (default 0) over the serial line as text. `--morph` draws a
//! morph from the digit of S to that of S2 instead. `--idx` sends the pictures as one idx3-ubyte stream, the format of
//! MNIST's files. On a chip, which gives no arguments, the next four digits follow when a byte is received.
#![no_std]
#![no_main]

use core::fmt::Write;
use cortex_m_rt::entry;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::IntegerGenerator;
use pocketgan_core::infer::morph::{self, FULL_WEIGHT};
use pocketgan_core::infer::picture::{Picture, text_rows};
use pocketgan_core::recipe::{PIXELS, SIDE};
use pocketgan_firmware::arguments::{ArgumentError, DrawArguments, MORPH_FRAMES};
use pocketgan_firmware::command_line::CommandLine;
use pocketgan_firmware::exit::{Status, finish, is_asked_for_more};
use pocketgan_firmware::report::report_error;
use pocketgan_firmware::uart::Uart;
use pocketgan_firmware::{board, idx, model};

#[entry]
fn main() -> ! {
    finish(run())
}

fn run() -> Status {
    let Ok(line) = CommandLine::read() else { return reject(ArgumentError::NoLine) };
    match DrawArguments::parse(line.words()) {
        Ok(arguments) => draw(arguments),
        Err(error) => reject(error),
    }
}

fn reject(error: ArgumentError) -> Status {
    report_error(format_args!("draw: {error}"));
    Status::BadArguments
}

fn draw(mut arguments: DrawArguments) -> Status {
    let generator = match model::generator() {
        Ok(generator) => generator,
        Err(status) => return status,
    };
    defmt::info!("{=str}: pictures from seed {=u32} on, count {=u32}", board::NAME, arguments.seed, arguments.count);
    draw_pictures(&generator, &arguments);
    while is_asked_for_more() {
        arguments.seed = arguments.seed.wrapping_add(arguments.count);
        draw_pictures(&generator, &arguments);
    }
    Status::Done
}

fn draw_pictures(generator: &IntegerGenerator, arguments: &DrawArguments) {
    let mut uart = Uart::open();
    if arguments.idx {
        uart.write_bytes(&idx::header(arguments.count, SIDE as u32, SIDE as u32));
    }
    let mut picture = [0; PIXELS];
    for number in 0..arguments.count {
        generator.draw(&latent(arguments, number), &mut picture);
        if arguments.idx {
            uart.write_bytes(&picture);
        } else {
            show(&mut uart, arguments, number, &picture);
        }
    }
}

/// The latent of picture `number`.
fn latent(arguments: &DrawArguments, number: u32) -> Latent {
    match arguments.morph {
        None => Latent::of_picture(arguments.seed.wrapping_add(number)),
        Some(to) => Latent::of_picture(arguments.seed).blend(&Latent::of_picture(to), morph_weight(number)),
    }
}

/// The weight of the second picture in frame `number` of a morph.
fn morph_weight(number: u32) -> u16 {
    morph::weight(number, MORPH_FRAMES - 1)
}

/// Sends a picture as text below a line with its seeds.
fn show(uart: &mut Uart, arguments: &DrawArguments, number: u32, picture: &Picture) {
    // The serial line is infallible.
    let _ = match arguments.morph {
        None => writeln!(uart, "seed {}", arguments.seed.wrapping_add(number)),
        Some(to) => {
            let weight = u32::from(morph_weight(number));
            writeln!(uart, "seed {} to {to}, {weight} of {}", arguments.seed, u32::from(FULL_WEIGHT))
        }
    };
    for row in text_rows(picture) {
        uart.write_bytes(&row);
        uart.write_bytes(b"\n");
    }
}
