//! Answers `pocketgan device` on the serial line: describes itself, draws, shows, measures, takes other models.
#![no_std]
#![no_main]

use cortex_m::{Peripherals, singleton};
use cortex_m_rt::entry;
use pocketgan_firmware::console;
use pocketgan_firmware::exit::{Status, exit};
use pocketgan_protocol::Console;

#[entry]
fn main() -> ! {
    let systick = Peripherals::take().expect("they are taken once").SYST;
    let memory = singleton!(: Console = Console::new()).expect("it is taken once");
    console::run(memory, systick);
    exit(Status::Done)
}
