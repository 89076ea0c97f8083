//! The `pocketgan` command: trains the generator, exports it for microcontrollers, and draws with it.

mod animation;
mod bench;
mod checkpoint;
mod classifier;
mod cli;
mod config;
mod cores;
mod data;
mod device;
mod digit_seeds;
mod digit_table;
mod eval;
mod export;
mod files;
mod float;
mod formats;
mod frames;
mod gallery;
mod generator_model;
mod import;
mod inspect;
mod interrupt;
mod metrics;
mod model_file;
mod morph;
mod number;
mod pictures;
mod preview;
mod progress;
mod quality;
mod quantise;
mod run_folder;
mod sample;
mod session;
mod settings;
mod summary;
mod threads;
mod train;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use interrupt::Interrupted;

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
        Command::Train(arguments) => train::train(&arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::Import(arguments) => import::import(&arguments),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
        Command::Digits(arguments) => digit_table::digits(&arguments),
        Command::Sample(arguments) => sample::sample(&arguments),
        Command::Eval(arguments) => eval::eval(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Device(arguments) => device::device(&arguments),
    }
}
