//! Fails on purpose, so that tests can see how a failure is told: `crash panic` or `crash fault`.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use pocketgan_firmware::command_line::CommandLine;
use pocketgan_firmware::exit::{Status, exit};
use pocketgan_firmware::report::report;

#[entry]
fn main() -> ! {
    let line = CommandLine::read().expect("the host keeps a command line");
    match line.words().next() {
        Some("panic") => panic!("as asked"),
        Some("fault") => cortex_m::asm::udf(),
        _ => {
            report(format_args!("crash: the one argument is panic or fault"));
            exit(Status::BadArguments)
        }
    }
}
