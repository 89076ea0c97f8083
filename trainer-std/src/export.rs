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
use crate::cli::ExportArguments;
use crate::config::Recipe;
use crate::files::write_whole;
use crate::float;
use crate::model_file::{ModelFile, encode, layer_header};
use crate::quantise::quantise;
use crate::run_folder::{best_of, checkpoints_of};

/// Pictures that show what integers cost.
const COMPARED: u32 = 256;

pub(crate) fn export(typed: &ExportArguments) -> Result<()> {
    let kind = typed.precision.into();
    let checkpoint = find(&typed.run_or_checkpoint, typed.best)?;
    export_model(kind, &checkpoint, &typed.out)?;
    println!("{}", typed.out.display());
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

/// Writes the generator of `checkpoint` as a model file of `kind`.
pub(crate) fn export_model(kind: Kind, checkpoint: &Checkpoint, path: &Path) -> Result<()> {
    let origin = origin(&checkpoint.recipe, &checkpoint.progress);
    let file = match kind {
        Kind::F32 => float_model(checkpoint.generator(), origin)?,
        Kind::Int8 => quantise(checkpoint.generator(), [Int8, Int8], origin)?,
        Kind::Mixed => quantise(checkpoint.generator(), [Int8, Int4], origin)?,
        Kind::Int4 => quantise(checkpoint.generator(), [Int4, Int4], origin)?,
    };
    write_whole(path, &file)
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
