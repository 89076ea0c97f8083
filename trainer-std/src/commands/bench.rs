//! `pocketgan bench`: how fast this machine trains the recipe, against what it could do at the most.

use std::fmt::Display;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::bench::to_quality::{self, Goal, PLAIN_DISTANCE};
use crate::bench::{self, Setting};
use crate::data::{self, preparation::Preparation};
use crate::output::terminal;
use crate::training::instruction_set::isa;
use crate::training::recipe::Precision;

/// Measure how fast this machine trains the recipe, against the most multiply-adds that it can do.
///
/// Measures the machine (multiply-adds, caches, memory), trains on the images without writing anything, and measures
/// the machine again. Takes one to two minutes on two cores.
///
/// With --to-quality, measures instead how long the plain and the best recipe train until their pictures are as good as
/// those of the plain recipe at its end. Takes some ten minutes.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan bench\n  \
    pocketgan bench --threads 1,2,4 --epochs 9\n  \
    pocketgan bench --isa avx2 --json > avx2.json\n  \
    pocketgan bench --precision f32,bf16,bf16-amx\n  \
    pocketgan bench --to-quality")]
pub(crate) struct BenchArguments {
    /// Epochs timed of each kind [default: 5]; with --to-quality, last epoch of each recipe [default: 300]
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<usize>,
    /// Numbers of threads to train with [default: 1 and as many as the machine has; with --to-quality only the latter]
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    pub(crate) threads: Vec<usize>,
    /// Instruction set to train with: portable, avx2, avx512 or neon [default: the fastest that the machine has]
    #[arg(long, value_name = "NAME")]
    pub(crate) isa: Option<String>,
    /// Precisions to train in, their epochs in turn: f32, bf16 or bf16-amx
    #[arg(
        long,
        value_name = "NAME,...",
        value_enum,
        value_delimiter = ',',
        default_value = "f32",
        conflicts_with = "to_quality"
    )]
    pub(crate) precision: Vec<Precision>,
    /// Images to train on, as for `pocketgan train`
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// Train the plain and the best recipe until their pictures have the target's Fréchet distance; needs test images
    #[arg(long, conflicts_with = "quick")]
    pub(crate) to_quality: bool,
    /// Fréchet distance to reach, by the evaluator of `pocketgan eval` [default: 9.27, the plain recipe's after 300 epochs
    /// of MNIST]
    #[arg(long, value_name = "DISTANCE", requires = "to_quality")]
    pub(crate) target: Option<f64>,
    /// Only see that everything works: a few seconds, and figures that mean little
    #[arg(long)]
    pub(crate) quick: bool,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn bench(arguments: &BenchArguments) -> Result<()> {
    let BenchArguments { isa: name, precision, threads, epochs, quick, json, data, .. } = arguments;
    if arguments.to_quality {
        return bench_to_quality(arguments);
    }
    let setting = Setting::new(isa(name.as_deref())?, precision, threads, *epochs, *quick)?;
    print(bench::measure(&setting, &data::load(data.as_deref(), Preparation::default())?.images)?, *json)
}

fn bench_to_quality(arguments: &BenchArguments) -> Result<()> {
    let BenchArguments { isa: name, threads, epochs, target, json, data, .. } = arguments;
    let goal = Goal::new(isa(name.as_deref())?, threads, *epochs, target.unwrap_or(PLAIN_DISTANCE))?;
    print(to_quality::measure(&goal, &data::load(data.as_deref(), Preparation::default())?)?, *json)
}

fn print(report: impl Serialize + Display, json: bool) -> Result<()> {
    match json {
        true => terminal::print_json(&report),
        false => terminal::print(report),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_help_states_the_default_target() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            _arguments: BenchArguments,
        }
        let command = Line::command();
        let target = command.get_arguments().find(|argument| argument.get_id() == "target").unwrap();
        let help = target.get_help().unwrap().to_string();
        assert!(help.contains(&format!("[default: {PLAIN_DISTANCE}, ")), "{help}");
    }
}
