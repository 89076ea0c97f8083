//! Counts in drawn digits on the board's display: `show [--number N] [--seed S] [--step]`.
//!
//! Four digits, or one on the lamps, count up from N (0 unless told); those that change turn softly into the next ones,
//! each time drawn in another way. `--seed` shows the digit of seed S instead, and beside it the next ones, where the
//! display has room; then the large digit turns into the first of them, and so on for ever. So does a model that tells no
//! seeds for digits. The serial line says what is shown, each digit also as text. With `--step` each picture stays until a
//! byte comes in on the serial line. The byte `q` ends the program.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use pocketgan_display::odometer::Odometer;
use pocketgan_firmware::arguments::{Refusal, Show, Start};
use pocketgan_firmware::command_line::CommandLine;
use pocketgan_firmware::display::Display;
use pocketgan_firmware::exit::{Status, finish};
use pocketgan_firmware::report::report;
use pocketgan_firmware::show::{Stage, count, tour};
use pocketgan_firmware::{board, model};

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
    let (generator, digits) = match model::generator_with_digits() {
        Ok(model) => model,
        Err(status) => return status,
    };
    let Some(display) = Display::open() else {
        report(format_args!("show: {} has no display", board::NAME));
        return Status::NoDisplay;
    };
    let places = display.number_count();
    let stage = &mut Stage::new(generator, display, order.step);
    let number = if let Start::Number(number) = order.start { number } else { 0 };
    match (order.start, Odometer::at(number, places, digits)) {
        (Start::Seed(seed), _) => tour(stage, seed),
        (_, Some(counter)) => count(stage, counter),
        (Start::Usual, None) => tour(stage, 0),
        (Start::Number(_), None) => return cannot_count(),
    }
    Status::Done
}

fn cannot_count() -> Status {
    report(format_args!("show: the model in flash has not a seed for every digit; `pocketgan digits` finds them"));
    Status::BadModel
}
