//! The commands of `pocketgan`: a file each, with its arguments.

mod bench;
mod device;
mod digits;
mod eval;
mod export;
mod import;
mod inspect;
mod precision;
mod sample;
pub(crate) mod train;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Trains a GAN on handwritten digits and takes its generator to a microcontroller.
#[derive(Debug, Parser)]
#[command(
    name = "pocketgan",
    version,
    after_help = "Example: pocketgan train && pocketgan sample runs/0001/model-int8.pgan"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::TrainArguments),
    Export(export::ExportArguments),
    Import(import::ImportArguments),
    Inspect(inspect::InspectArguments),
    Digits(digits::DigitsArguments),
    Sample(sample::SampleArguments),
    Eval(eval::EvalArguments),
    Bench(bench::BenchArguments),
    Device(device::DeviceArguments),
}

impl Cli {
    /// Runs the command.
    pub(crate) fn run(&self) -> Result<()> {
        match &self.command {
            Command::Train(arguments) => train::train(arguments),
            Command::Export(arguments) => export::export(arguments),
            Command::Import(arguments) => import::import(arguments),
            Command::Inspect(arguments) => inspect::inspect(arguments),
            Command::Digits(arguments) => digits::digits(arguments),
            Command::Sample(arguments) => sample::sample(arguments),
            Command::Eval(arguments) => eval::eval(arguments),
            Command::Bench(arguments) => bench::bench(arguments),
            Command::Device(arguments) => device::device(arguments),
        }
    }
}
