//! `pocketgan export`: a trained network as a file, for devices or for other programs.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use pocketgan_core::infer::model::Kind;
use pocketgan_core::nn::network::Network;

use crate::cli::{ExportArguments, Format, Precision};
use crate::commands::digit_table::classifier_of;
use crate::evaluation::classifier::Classifier;
use crate::export::formats::{Description, NetworkName, Outgoing, onnx, safetensors};
use crate::export::generator_model::write_and_compare;
use crate::export::metadata::{Metadata, Provenance, TrainingOptions};
use crate::output::files::write_whole;
use crate::training::checkpoint::{self, Checkpoint, load_best, newest_good};
use crate::training::config::{Config, threads};
use crate::training::run_folder::{best_of, checkpoints_of, config_of};
use crate::training::threads::Threads;

pub(crate) fn export(typed: &ExportArguments) -> Result<()> {
    let target = Target::of(typed)?;
    let checkpoint = find(&typed.run_or_checkpoint, typed.best)?;
    let encode = match target {
        Target::Model(kind) => return export_model(typed, kind, &checkpoint),
        Target::Safetensors => safetensors::encode,
        Target::Onnx => onnx::encode,
    };
    write_whole(&typed.out, &encode(&outgoing(&checkpoint, typed.network))?)?;
    println!("{}", typed.out.display());
    Ok(())
}

/// What is to be written.
#[derive(Debug, PartialEq)]
enum Target {
    Model(Kind),
    Safetensors,
    Onnx,
}

impl Target {
    /// # Errors
    /// If the options do not go together.
    fn of(typed: &ExportArguments) -> Result<Self> {
        let target = match typed.format.unwrap_or_else(|| format_of(&typed.out)) {
            Format::Pgan => return Ok(Self::Model(kind(typed)?)),
            Format::Safetensors => Self::Safetensors,
            Format::Onnx => Self::Onnx,
        };
        match typed.precision {
            None | Some(Precision::F32) => Ok(target),
            Some(_) => bail!("--precision: in this format weights are always kept as f32; leave the option away"),
        }
    }
}

/// The format that a file's name asks for.
fn format_of(out: &Path) -> Format {
    match out.extension().and_then(|ending| ending.to_str()) {
        Some("safetensors") => Format::Safetensors,
        Some("onnx") => Format::Onnx,
        _ => Format::Pgan,
    }
}

fn kind(typed: &ExportArguments) -> Result<Kind> {
    ensure!(
        typed.network == NetworkName::Generator,
        "--network discriminator: a .pgan model is of a generator; choose --format safetensors or onnx"
    );
    let precision = typed.precision.context("--precision is missing: f32, int8, mixed or int4")?;
    Ok(precision.into())
}

/// The newest good checkpoint of a run or its best one, or the checkpoint itself.
fn find(path: &Path, best: bool) -> Result<Checkpoint> {
    if best {
        return Ok(load_best(&best_of(path))?.0);
    }
    if !path.is_dir() {
        return checkpoint::load(path);
    }
    let folder = checkpoints_of(path);
    let newest = newest_good(&folder)?;
    let (_, checkpoint) = newest.with_context(|| format!("{} has no checkpoint yet", folder.display()))?;
    Ok(checkpoint)
}

/// The classifier of the run's images. None, and that is said, if they were not named and are not to be had.
fn classifier(typed: &ExportArguments, sha256: &[u8; 32], threads: &Threads) -> Result<Option<Classifier>> {
    if typed.data.is_some() {
        return classifier_of(sha256, typed.data.as_deref(), threads).map(Some);
    }
    let data = run_of(&typed.run_or_checkpoint).and_then(|run| Config::load(&config_of(run)).ok());
    let found = classifier_of(sha256, data.as_ref().and_then(Config::data), threads);
    Ok(found.inspect_err(|error| println!("no seeds for digits: {error:#}")).ok())
}

/// The folder of the run that is meant, or that a checkpoint lies in.
fn run_of(run_or_checkpoint: &Path) -> Option<&Path> {
    match run_or_checkpoint.is_dir() {
        true => Some(run_or_checkpoint),
        false => run_or_checkpoint.ancestors().skip(1).take(2).find(|folder| config_of(folder).is_file()),
    }
}

/// Writes the generator of `checkpoint` as a model file of `kind`, with seeds for digits if there is a classifier.
fn export_model(typed: &ExportArguments, kind: Kind, checkpoint: &Checkpoint) -> Result<()> {
    let threads = Threads::start(threads(None)?)?;
    let classifier = classifier(typed, &checkpoint.recipe.data_sha256, &threads)?;
    let (generator, metadata) = (checkpoint.generator(), metadata(checkpoint));
    threads.enter(|| write_and_compare(kind, generator, &metadata, classifier.as_ref(), &typed.out))
}

fn outgoing(checkpoint: &Checkpoint, network: NetworkName) -> Outgoing<'_> {
    let flat = match network {
        NetworkName::Generator => checkpoint.generator().flat(),
        NetworkName::Discriminator => checkpoint.gan.discriminator.weights.flat(),
    };
    Outgoing { description: Description::new(network, metadata(checkpoint)), flat }
}

/// The metadata of the networks in a checkpoint.
pub(crate) fn metadata(checkpoint: &Checkpoint) -> Metadata {
    let Checkpoint { recipe, progress, .. } = checkpoint;
    let options = TrainingOptions {
        seed: recipe.seed,
        batch: recipe.batch,
        learning_rate_g: recipe.learning_rate_g,
        learning_rate_d: recipe.learning_rate_d,
        updates_per_batch: recipe.updates_per_batch,
        real_label: recipe.real_label,
        ema: recipe.ema,
        decay_epochs: recipe.decay_epochs,
        gradient_penalty: recipe.gradient_penalty,
    };
    Metadata::new(Some(Provenance {
        epochs: progress.epoch,
        steps: progress.steps,
        data_sha256: recipe.data_sha256,
        recipe: options,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    use crate::cli::{Cli, Command};

    fn target(options: &str) -> Result<Target> {
        let line = format!("pocketgan export run {options}");
        match Cli::try_parse_from(line.split_whitespace()).unwrap().command {
            Command::Export(typed) => Target::of(&typed),
            other => panic!("{other:?}"),
        }
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
