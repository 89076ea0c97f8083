//! `pocketgan bench`: how fast this machine trains the recipe, against what it could do at the most.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::bench::{self, Setting};
use crate::data;
use crate::output::terminal;
use crate::training::instruction_set::isa;

/// Measure how fast this machine trains the recipe, against the most multiply-adds that it can do.
///
/// Measures the machine (multiply-adds, caches, memory), trains on the images without writing anything, and measures
/// the machine again. Takes one to two minutes on two cores.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan bench\n  \
    pocketgan bench --threads 1,2,4 --epochs 9\n  \
    pocketgan bench --isa avx2 --json > avx2.json")]
pub(crate) struct BenchArguments {
    /// Epochs timed of each kind [default: 5]
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<usize>,
    /// Numbers of threads to train with [default: 1 and as many as the machine has]
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    pub(crate) threads: Vec<usize>,
    /// Instruction set to train with: portable, avx2, avx512 or neon [default: the fastest that the machine has]
    #[arg(long, value_name = "NAME")]
    pub(crate) isa: Option<String>,
    /// Images to train on, as for `pocketgan train`
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// Only see that everything works: a few seconds, and figures that mean little
    #[arg(long)]
    pub(crate) quick: bool,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn bench(arguments: &BenchArguments) -> Result<()> {
    let BenchArguments { isa: name, threads, epochs, quick, json, data } = arguments;
    let setting = Setting::new(isa(name.as_deref())?, threads, *epochs, *quick)?;
    let report = bench::measure(&setting, &data::load(data.as_deref())?.images)?;
    match json {
        true => terminal::print_json(&report),
        false => terminal::print(report),
    }
}
