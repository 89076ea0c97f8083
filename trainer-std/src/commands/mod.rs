//! The commands of `pocketgan`: a file each, with its arguments.

mod bench;
mod data;
mod device;
mod digits;
mod eval;
mod export;
mod import;
mod inspect;
mod precision;
mod sample;
mod sweep;
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
    Data(data::DataArguments),
    Sweep(sweep::SweepArguments),
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
            Command::Data(arguments) => data::data(arguments),
            Command::Sweep(arguments) => sweep::sweep(arguments),
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// The example lines in the help of `command` and of the commands below it.
    fn examples(command: &clap::Command) -> Vec<Vec<String>> {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let own = help.lines().filter(|line| line.contains("pocketgan ")).map(str::to_owned).collect();
        std::iter::once(own).chain(command.get_subcommands().flat_map(examples)).collect()
    }

    #[test]
    fn the_examples_in_every_help_text_are_aligned_and_can_be_parsed() {
        let command = Cli::command();
        let commands = examples(&command);
        assert!(commands.iter().all(|examples| !examples.is_empty()), "{commands:#?}");
        for lines in commands {
            let column = |line: &String| line.find("pocketgan ");
            assert!(lines.iter().all(|line| column(line) == column(&lines[0])), "{lines:#?}");
            for line in lines {
                let line = &line[line.find("pocketgan ").unwrap()..];
                let arguments = line.split_whitespace().take_while(|&word| word != ">" && word != "&&");
                assert!(Cli::try_parse_from(arguments).is_ok(), "{line}");
            }
        }
    }
}
