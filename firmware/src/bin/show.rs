//! Shows drawn digits on the board's display: `show [--number N] [--seed S] [--text WORD] [--step]`.
//!
//! A number of four digits, or of one on LEDs, counts up from N (default 0); digits that change morph into the next ones,
//! each time drawn from another seed. With `--seed` it is a slideshow from the digit of seed S on, which the next digits
//! accompany where the display has room. So it is without seeds for every digit in the model. `--text` writes a word in
//! classes whose names are its characters, again and again in other ways; a model whose classes have names shows them all. The serial line reports what
//! is shown, digits also as text. With `--step` each frame stays until a byte is received. The byte `q` ends the program.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use pocketgan_display::{
    counter::{self, NumberCounter},
    lettering::{self, Lettering},
    screen::Screen,
    slideshow,
};
use pocketgan_firmware::arguments::{ArgumentError, ShowArguments, Start};
use pocketgan_firmware::command_line::CommandLine;
use pocketgan_firmware::exit::{Status, finish};
use pocketgan_firmware::report::report_error;
use pocketgan_firmware::show::SerialPlayer;
use pocketgan_firmware::{board, display, model};

#[entry]
fn main() -> ! {
    finish(run())
}

fn run() -> Status {
    let Ok(line) = CommandLine::read() else { return reject(ArgumentError::NoLine) };
    match ShowArguments::parse(line.words()) {
        Ok(arguments) => show(&arguments),
        Err(error) => reject(error),
    }
}

fn reject(error: ArgumentError) -> Status {
    report_error(format_args!("show: {error}"));
    Status::BadArguments
}

fn show(arguments: &ShowArguments) -> Status {
    let (generator, digits) = match model::generator_with_digits() {
        Ok(model) => model,
        Err(status) => return status,
    };
    let Some(mut display) = display::open() else {
        report_error(format_args!("show: {} has no display", board::NAME));
        return Status::NoDisplay;
    };
    let number = if let Start::Number(number) = arguments.start { number } else { 0 };
    let counter = NumberCounter::at(number, display.number_count(), digits);
    let word = if let Start::Word(word) = arguments.start { Some(word) } else { None };
    let lettering = Lettering::new(word, display.number_count(), digits);
    if let Some(letter) = lettering.as_ref().and_then(Lettering::missing) {
        return cannot_write(letter);
    }
    let player = &mut SerialPlayer::new(arguments.step);
    let Ok(()) = match (arguments.start, counter, lettering) {
        (Start::Seed(seed), ..) => slideshow::run(&generator, &mut display, seed, player),
        (Start::Word(_), _, Some(lettering)) => lettering::run(&generator, &mut display, lettering, player),
        (_, Some(counter), _) => counter::run(&generator, &mut display, counter, player),
        (Start::Default, None, Some(lettering)) if digits.is_named() => {
            lettering::run(&generator, &mut display, lettering, player)
        }
        (Start::Default | Start::Word(_), None, _) => slideshow::run(&generator, &mut display, 0, player),
        (Start::Number(_), None, _) => return cannot_count(),
    };
    Status::Done
}

fn cannot_write(letter: char) -> Status {
    let mut letter_bytes = [0; 4];
    let letter = letter.encode_utf8(&mut letter_bytes);
    report_error(format_args!("show: the model in flash has no seeds for the letter {letter}"));
    Status::BadModel
}

fn cannot_count() -> Status {
    report_error(format_args!("show: the model in flash has no seeds for some digits; `pocketgan digits` finds them"));
    Status::BadModel
}
