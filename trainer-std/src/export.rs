//! `pocketgan export`: a trained generator as a model file.

use std::path::Path;

use anyhow::{Context, Result};
use pocketgan_core::integer::Precision::{Int4, Int8};
use pocketgan_core::latent::Latent;
use pocketgan_core::mlp::PerLayer;
use pocketgan_core::model::{Header, Kind, Origin};
use pocketgan_core::network::{LayerView, Network, layers};
use pocketgan_core::recipe::{Generator, PIXELS};

use crate::checkpoint::{self, Checkpoint, Progress, load_best, newest_good};
use crate::classifier::Classifier;
use crate::cli::ExportArguments;
use crate::config::{Config, Recipe, threads};
use crate::digit_table::{classifier_of, file_with_digits, say};
use crate::files::write_whole;
use crate::float;
use crate::model_file::{ModelFile, encode, layer_header};
use crate::quantise::quantise;
use crate::run_folder::{best_of, checkpoints_of, config_of};
use crate::threads::Threads;

/// Pictures that show what integers cost.
const COMPARED: u32 = 256;

pub(crate) fn export(typed: &ExportArguments) -> Result<()> {
    let kind = typed.precision.into();
    let checkpoint = find(&typed.run_or_checkpoint, typed.best)?;
    let threads = Threads::start(threads(None)?)?;
    let classifier = classifier(typed, &checkpoint.recipe.data_sha256, &threads)?;
    let file = threads.enter(|| model_file(kind, &checkpoint, classifier.as_ref()))?;
    write_whole(&typed.out, &file)?;
    say(&typed.out, &file)?;
    if kind != Kind::F32 {
        let difference = difference(checkpoint.generator(), &typed.out)?;
        println!("its pixels differ from those of f32 by {difference:.2} of 255 in the mean");
    }
    Ok(())
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

/// The generator of `checkpoint` as a model file of `kind`, with the table of digits that `classifier` finds. Uses the
/// threads of the pool it is called in; the bytes do not depend on them.
pub(crate) fn model_file(kind: Kind, checkpoint: &Checkpoint, classifier: Option<&Classifier>) -> Result<Vec<u8>> {
    let file = without_digits(kind, checkpoint)?;
    match classifier {
        Some(classifier) => file_with_digits(&ModelFile::new(&file), classifier),
        None => Ok(file),
    }
}

fn without_digits(kind: Kind, checkpoint: &Checkpoint) -> Result<Vec<u8>> {
    let origin = origin(&checkpoint.recipe, &checkpoint.progress);
    match kind {
        Kind::F32 => float_model(checkpoint.generator(), origin),
        Kind::Int8 => quantise(checkpoint.generator(), [Int8, Int8], origin),
        Kind::Mixed => quantise(checkpoint.generator(), [Int8, Int4], origin),
        Kind::Int4 => quantise(checkpoint.generator(), [Int4, Int4], origin),
    }
}

fn origin(recipe: &Recipe, progress: &Progress) -> Origin {
    Origin {
        program: env!("CARGO_PKG_VERSION").try_into().expect("a version has at most 16 characters"),
        seed: recipe.seed,
        epochs: progress.epoch,
        steps: progress.steps,
        batch: recipe.batch as u32,
        learning_rate_g: recipe.learning_rate_g,
        learning_rate_d: recipe.learning_rate_d,
        real_label: recipe.real_label,
        updates_per_batch: recipe.updates_per_batch,
        data_sha256: recipe.data_sha256,
    }
}

fn float_model(generator: &Generator, origin: Origin) -> Result<Vec<u8>> {
    let header = Header { layers: Generator::LAYERS.iter().map(layer_header).collect(), origin };
    let views: PerLayer<LayerView<'_>> = layers(Generator::LAYERS, generator.flat()).collect();
    let parts: Vec<&[u8]> =
        views.iter().flat_map(|layer| [layer.kernel, layer.bias]).map(bytemuck::cast_slice).collect();
    encode(&header, &parts)
}

/// Mean difference between the pixels of `generator` and those of the model at `path`.
fn difference(generator: &Generator, path: &Path) -> Result<f64> {
    let file = ModelFile::read(path)?;
    let model = file.model()?;
    let mut sum = 0;
    for (seed, expected) in (0..).zip(float::pictures(generator, 0..COMPARED)) {
        let mut picture = [0; PIXELS];
        model.draw(&Latent::of_picture(seed), &mut picture);
        sum += picture.iter().zip(&expected).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
    }
    Ok(sum as f64 / f64::from(COMPARED) / PIXELS as f64)
}
