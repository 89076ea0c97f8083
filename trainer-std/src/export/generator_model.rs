//! A generator as a model file: of floats as they are, or of integers, and what those cost.

use std::path::Path;

use anyhow::{Context, Result};
use pocketgan_core::infer::integer::Precision::{Int4, Int8};
use pocketgan_core::infer::model::{Header, Kind, Model, Origin};
use pocketgan_core::nn::mlp::PerLayer;
use pocketgan_core::nn::network::{LayerView, Network, layers};
use pocketgan_core::recipe::{Generator, PIXELS};

use crate::commands::digit_table::{file_with_digits, say};
use crate::evaluation::classifier::Classifier;
use crate::export::draw::draw;
use crate::export::float;
use crate::export::model_file::{ModelFile, encode, layer_header};
use crate::export::quantise::quantise;
use crate::output::files::write_whole;

/// Pictures that show what integers cost.
const COMPARED: u32 = 256;

/// Writes `generator` as a model file of `kind` and tells how its pictures differ.
///
/// The rest is as with [`write_model`].
pub(crate) fn write_and_compare(
    kind: Kind,
    generator: &Generator,
    origin: Origin,
    classifier: Option<&Classifier>,
    path: &Path,
) -> Result<()> {
    let file = write_model(kind, generator, origin, classifier, path)?;
    if kind != Kind::F32 {
        let difference = difference(generator, &file.model()?);
        println!("its pixels differ from those of f32 by {difference:.2} of 255 in the mean");
    }
    Ok(())
}

/// Writes `generator` as a model file of `kind`, with seeds for the digits that `classifier` knows, and says so. Uses the
/// threads of the pool it is called in; the bytes do not depend on them.
pub(crate) fn write_model(
    kind: Kind,
    generator: &Generator,
    origin: Origin,
    classifier: Option<&Classifier>,
    path: &Path,
) -> Result<ModelFile> {
    let file = make(kind, generator, origin)?;
    let file = match classifier {
        Some(classifier) => ModelFile::new(&file_with_digits(&file, classifier)?),
        None => file,
    };
    write_whole(path, file.bytes())?;
    say(path, &file)?;
    Ok(file)
}

/// A file that is sure to be read: weights far from those of a training may have no model of integers.
fn make(kind: Kind, generator: &Generator, origin: Origin) -> Result<ModelFile> {
    let bytes = match kind {
        Kind::F32 => float_model(generator, origin)?,
        Kind::Int8 => quantise(generator, [Int8, Int8], origin)?,
        Kind::Mixed => quantise(generator, [Int8, Int4], origin)?,
        Kind::Int4 => quantise(generator, [Int4, Int4], origin)?,
    };
    let file = ModelFile::new(&bytes);
    file.model().with_context(|| format!("these weights do not fit a model of {kind}; f32 takes them"))?;
    Ok(file)
}

fn float_model(generator: &Generator, origin: Origin) -> Result<Vec<u8>> {
    let header = Header { layers: Generator::LAYERS.iter().map(layer_header).collect(), origin };
    let views: PerLayer<LayerView<'_>> = layers(Generator::LAYERS, generator.flat()).collect();
    let parts: Vec<&[u8]> =
        views.iter().flat_map(|layer| [layer.kernel, layer.bias]).map(bytemuck::cast_slice).collect();
    encode(&header, &parts)
}

/// Mean difference between the pixels of `generator` and those of `model`.
fn difference(generator: &Generator, model: &Model<'_>) -> f64 {
    let mut sum = 0;
    for (seed, expected) in (0..).zip(float::pictures(generator, 0..COMPARED)) {
        sum += draw(model, seed).iter().zip(&expected).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
    }
    sum as f64 / f64::from(COMPARED) / PIXELS as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::quantise::folding::tests::generator;

    #[test]
    fn weights_that_no_integers_stand_for_make_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pgan");
        let mut generator = generator();
        generator.dense4.kernel.iter_mut().flatten().for_each(|w| *w *= 1e20);
        for kind in [Kind::Int8, Kind::Mixed, Kind::Int4] {
            let failed = write_model(kind, &generator, Origin::unknown(), None, &path).map(|_| ()).unwrap_err();
            assert!(format!("{failed:#}").contains("f32 takes them"), "{failed:#}");
            assert!(!path.exists());
        }
        write_model(Kind::F32, &generator, Origin::unknown(), None, &path).unwrap();
    }
}
