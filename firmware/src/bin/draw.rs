//! Draws digits: `draw [--seed S] [--count N] [--morph S2] [--idx]`.
//!
//! The pictures of the seeds from S on (0 unless told) go over the serial line as text; `--count` says how many (4).
//! `--morph` draws a walk from the digit of S to that of S2 instead. `--idx` sends the pictures as one idx3-ubyte
//! stream, the form of MNIST's files.
#![no_std]
#![no_main]

use core::fmt::Write;
use cortex_m_rt::entry;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::morph::{self, FULL_WEIGHT};
use pocketgan_core::infer::picture::{Picture, text_rows};
use pocketgan_core::recipe::{PIXELS, SIDE};
use pocketgan_firmware::arguments::{MORPH_FRAMES, Order, Refusal};
use pocketgan_firmware::command_line::CommandLine;
use pocketgan_firmware::exit::{Status, finish};
use pocketgan_firmware::report::report;
use pocketgan_firmware::uart::Uart;
use pocketgan_firmware::{board, idx, model};

#[entry]
fn main() -> ! {
    finish(run())
}

fn run() -> Status {
    let Ok(line) = CommandLine::read() else { return refuse(Refusal::NoLine) };
    match Order::parse(line.words()) {
        Ok(order) => draw(&order),
        Err(refusal) => refuse(refusal),
    }
}

fn refuse(refusal: Refusal) -> Status {
    report(format_args!("draw: {refusal}"));
    Status::BadArguments
}

fn draw(order: &Order) -> Status {
    let generator = match model::generator() {
        Ok(generator) => generator,
        Err(status) => return status,
    };
    defmt::info!("{=str}: pictures from seed {=u32} on, count {=u32}", board::NAME, order.seed, order.count);
    let mut uart = Uart::open();
    if order.idx {
        uart.write_bytes(&idx::header(order.count, SIDE as u32, SIDE as u32));
    }
    let mut picture = [0; PIXELS];
    for number in 0..order.count {
        generator.draw(&latent(order, number), &mut picture);
        if order.idx {
            uart.write_bytes(&picture);
        } else {
            show(&mut uart, order, number, &picture);
        }
    }
    Status::Done
}

/// What picture `number` is drawn from.
fn latent(order: &Order, number: u32) -> Latent {
    match order.morph {
        None => Latent::of_picture(order.seed.wrapping_add(number)),
        Some(to) => Latent::of_picture(order.seed).blend(&Latent::of_picture(to), morph_weight(number)),
    }
}

/// The weight of the second picture in frame `number` of a morph.
fn morph_weight(number: u32) -> u16 {
    morph::weight(number, MORPH_FRAMES - 1)
}

/// A picture as text, under a line that says which it is.
fn show(uart: &mut Uart, order: &Order, number: u32, picture: &Picture) {
    // The serial line never refuses.
    let _ = match order.morph {
        None => writeln!(uart, "seed {}", order.seed.wrapping_add(number)),
        Some(to) => {
            let weight = u32::from(morph_weight(number));
            writeln!(uart, "seed {} to {to}, {weight} of {}", order.seed, u32::from(FULL_WEIGHT))
        }
    };
    for row in text_rows(picture) {
        uart.write_bytes(&row);
        uart.write_bytes(b"\n");
    }
}
