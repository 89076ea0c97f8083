//! `pocketgan export`: a trained network as a file, for devices or for other programs.

mod page;

use std::path::Path;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use pocketgan_core::infer::model::Kind;

use crate::commands::precision::Precision;
use crate::evaluation::classifier::Classifier;
use crate::export::formats::{NetworkName, Outgoing, onnx, safetensors};
use crate::export::generator_model::write_and_compare;
use crate::output::destination::{check_spares, print_about};
use crate::output::files::write_whole;
use crate::training::checkpoint::{load, load_best};
use crate::training::checkpoint_folder::newest_good;
use crate::training::config::Config;
use crate::training::run_folder::{best_of, checkpoints_of, config_of};
use crate::training::state::TrainingState;
use crate::training::threads::{self, Threads};

/// Write a run's generator as a model file or as a page that draws in a browser, or either network for other programs.
///
/// If its images have labels, a model file also has a table of the seeds that draw each digit, as `pocketgan digits` finds them.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan export runs/0001 --precision int8 --out digits.pgan\n  \
    pocketgan export digits.pgan --out digits.html\n  \
    pocketgan export runs/0001 --out generator.onnx\n  \
    pocketgan export runs/0001 --network discriminator --out discriminator.safetensors")]
pub(crate) struct ExportArguments {
    /// Folder of a run (its last good checkpoint is taken) or a checkpoint; for a page also a .pgan model
    pub(crate) run_or_checkpoint: PathBuf,
    /// Take the best of the run's evaluated checkpoints instead of the last one
    #[arg(long)]
    pub(crate) best: bool,
    /// Form of the file [default: what the ending of --out says, or else pgan]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// How weights are kept; in a page int8 if nothing is said, in the formats of other programs always as f32
    #[arg(long, value_enum)]
    pub(crate) precision: Option<Precision>,
    /// Which network; a .pgan model is always of the generator
    #[arg(long, value_enum, default_value_t = NetworkName::Generator)]
    pub(crate) network: NetworkName,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Folder with the images of the run, with their labels [default: as they were named to the run]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
}

/// Form of an exported network.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// A model of the generator for this program and for devices
    Pgan,
    /// A page that draws in any browser: one file, with the model and all that it needs
    Html,
    /// Tensors by name: layers.0.kernel, [inputs, outputs], layers.0.bias, ...
    Safetensors,
    /// A graph that other programs can run: from latent to pixels, or from pixels to logit
    Onnx,
}

pub(crate) fn export(arguments: &ExportArguments) -> Result<()> {
    let target = Target::of(arguments)?;
    check_spares(&arguments.run_or_checkpoint, &arguments.out)?;
    let encode = match target {
        Target::Page => return page::export_page(arguments),
        Target::Model(kind) => return export_model(arguments, kind),
        Target::Safetensors => safetensors::encode,
        Target::Onnx => onnx::encode,
    };
    let checkpoint = find(&arguments.run_or_checkpoint, arguments.best)?;
    write_whole(&arguments.out, &encode(&outgoing(&checkpoint, arguments.network))?)?;
    print_about(&arguments.out, arguments.out.display())
}

/// What is to be written.
#[derive(Debug, PartialEq)]
enum Target {
    Model(Kind),
    Page,
    Safetensors,
    Onnx,
}

impl Target {
    /// # Errors
    /// If the options do not go together.
    fn of(arguments: &ExportArguments) -> Result<Self> {
        let target = match arguments.format.unwrap_or_else(|| format_of(&arguments.out)) {
            Format::Pgan => return Ok(Self::Model(kind(arguments)?)),
            Format::Html => return Ok(Self::Page),
            Format::Safetensors => Self::Safetensors,
            Format::Onnx => Self::Onnx,
        };
        match arguments.precision {
            None | Some(Precision::F32) => Ok(target),
            Some(_) => bail!("--precision: in this format weights are always kept as f32; leave the option away"),
        }
    }
}

/// The format that a file's name asks for.
fn format_of(out: &Path) -> Format {
    let ending = out.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("html") => Format::Html,
        Some("safetensors") => Format::Safetensors,
        Some("onnx") => Format::Onnx,
        _ => Format::Pgan,
    }
}

/// # Errors
/// If the name of a model file that is to be written says that it is of another format.
pub(crate) fn check_named_as_model(out: &Path) -> Result<()> {
    let is_model = format_of(out) == Format::Pgan;
    ensure!(is_model, "--out {}: the file will be a .pgan model; give it that ending", out.display());
    Ok(())
}

fn kind(arguments: &ExportArguments) -> Result<Kind> {
    ensure!(
        arguments.network == NetworkName::Generator,
        "--network discriminator: a .pgan model is of a generator; choose --format safetensors or onnx"
    );
    let precision = arguments.precision.context("--precision is missing: f32, int8, mixed or int4")?;
    Ok(precision.into())
}

/// The newest good checkpoint of a run or its best one, or the checkpoint itself.
fn find(path: &Path, best: bool) -> Result<TrainingState> {
    if best {
        let best = best_of(path);
        let advice = "the run was not evaluated; leave --best away, or train with --eval-every";
        ensure!(!path.is_dir() || best.exists(), "{} does not exist: {advice}", best.display());
        return Ok(load_best(&best)?.0);
    }
    ensure!(!page::is_model(path), "{} is a model already, of which only --format html is made", path.display());
    if !path.is_dir() {
        return load(path);
    }
    let folder = checkpoints_of(path);
    let newest = newest_good(&folder)?;
    let (_, checkpoint) = newest.with_context(|| format!("{} has no checkpoint yet", folder.display()))?;
    Ok(checkpoint)
}

/// The classifier of the run's images. None, and that is said, if they were not named and are not to be had.
fn classifier(arguments: &ExportArguments, state: &TrainingState, threads: &Threads) -> Result<Option<Classifier>> {
    let (sha256, preparation) = (&state.data_sha256, state.recipe.preparation());
    if arguments.data.is_some() {
        return Classifier::of_images(sha256, arguments.data.as_deref(), preparation, threads).map(Some);
    }
    let data = run_of(&arguments.run_or_checkpoint).and_then(|run| Config::load(&config_of(run)).ok());
    let found = Classifier::of_images(sha256, data.as_ref().and_then(Config::data), preparation, threads);
    match found {
        Ok(classifier) => Ok(Some(classifier)),
        Err(error) => print_about(&arguments.out, format_args!("no seeds for digits: {error:#}")).map(|()| None),
    }
}

/// The folder of the run that is meant, or that a checkpoint lies in.
fn run_of(run_or_checkpoint: &Path) -> Option<&Path> {
    match run_or_checkpoint.is_dir() {
        true => Some(run_or_checkpoint),
        false => run_or_checkpoint.ancestors().skip(1).take(2).find(|folder| config_of(folder).is_file()),
    }
}

/// Writes the generator as a model file of `kind`, with seeds for digits if there is a classifier.
fn export_model(arguments: &ExportArguments, kind: Kind) -> Result<()> {
    let checkpoint = find(&arguments.run_or_checkpoint, arguments.best)?;
    let threads = Threads::start(threads::count(None)?)?;
    let classifier = classifier(arguments, &checkpoint, &threads)?;
    let (generator, metadata) = (checkpoint.generator(), checkpoint.metadata());
    threads.enter(|| write_and_compare(kind, generator, &metadata, classifier.as_ref(), &arguments.out))
}

fn outgoing(checkpoint: &TrainingState, network: NetworkName) -> Outgoing<'_> {
    match network {
        NetworkName::Generator => Outgoing::new(network, checkpoint.generator(), checkpoint.metadata()),
        NetworkName::Discriminator => checkpoint.networks.outgoing_discriminator(checkpoint.metadata()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parsing::parse;

    fn target(options: &str) -> Result<Target> {
        Target::of(&parse(&format!("run {options}")).unwrap())
    }

    #[test]
    fn the_format_is_what_was_said_or_else_what_the_files_ending_says() {
        for (options, expected) in [
            ("--out x.onnx", Target::Onnx),
            ("--out x.safetensors", Target::Safetensors),
            ("--out x.pgan --precision int8", Target::Model(Kind::Int8)),
            ("--out x --precision int4", Target::Model(Kind::Int4)),
            ("--out x.onnx --format safetensors", Target::Safetensors),
            ("--out x --format onnx --precision f32", Target::Onnx),
            ("--out x.html --precision int4", Target::Page),
            ("--out x.onnx --format html", Target::Page),
            ("--out x.onnx --format pgan --precision f32", Target::Model(Kind::F32)),
        ] {
            assert_eq!(target(options).unwrap(), expected, "{options}");
        }
    }

    #[test]
    fn options_that_do_not_go_together_are_refused() {
        for (options, telling) in [
            ("--out x.pgan", "--precision is missing"),
            ("--out x.onnx --precision int8", "always kept as f32"),
            ("--out x.safetensors --precision mixed", "always kept as f32"),
            ("--out x.pgan --precision f32 --network discriminator", "--format safetensors or onnx"),
        ] {
            let message = target(options).unwrap_err().to_string();
            assert!(message.contains(telling), "{message}");
        }
    }
}
