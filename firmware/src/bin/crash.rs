//! Fails on purpose, to test how failures are reported: `crash panic` or `crash fault`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use pocketgan_firmware::command_line::CommandLine;
use pocketgan_firmware::exit::{Status, exit};
use pocketgan_firmware::report::report_error;

#[entry]
fn main() -> ! {
    let line = CommandLine::read().expect("the host gives a command line");
    match line.words().next() {
        Some("panic") => panic!("on purpose"),
        Some("fault") => cortex_m::asm::udf(),
        _ => {
            report_error(format_args!("crash: the one argument is panic or fault"));
            exit(Status::BadArguments)
        }
    }
}
