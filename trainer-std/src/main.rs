//! The `pocketgan` command: trains the generator, exports it for microcontrollers, and draws with it.

mod bench;
mod cli;
mod commands;
mod data;
mod device;
mod evaluation;
mod export;
mod output;
mod training;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use training::interrupt::Interrupted;

/// What a shell reports for a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pocketgan: {error:#}");
            ExitCode::from(if error.is::<Interrupted>() { INTERRUPTED } else { 1 })
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Train(arguments) => commands::train::train(&arguments),
        Command::Export(arguments) => commands::export::export(&arguments),
        Command::Import(arguments) => commands::import::import(&arguments),
        Command::Inspect(arguments) => commands::inspect::inspect(&arguments),
        Command::Digits(arguments) => commands::digit_table::digits(&arguments),
        Command::Sample(arguments) => commands::sample::sample(&arguments),
        Command::Eval(arguments) => commands::eval::eval(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Device(arguments) => device::device(&arguments),
    }
}
