//! A generator as a model file: of floats as they are, or of integers, and what those cost.

use std::path::Path;

use anyhow::Result;
use pocketgan_core::integer::Precision::{Int4, Int8};
use pocketgan_core::latent::Latent;
use pocketgan_core::mlp::PerLayer;
use pocketgan_core::model::{Header, Kind, Origin};
use pocketgan_core::network::{LayerView, Network, layers};
use pocketgan_core::recipe::{Generator, PIXELS};

use crate::files::write_whole;
use crate::float;
use crate::model_file::{ModelFile, encode, layer_header};
use crate::quantise::quantise;

/// Pictures that show what integers cost.
const COMPARED: u32 = 256;

/// Writes `generator` as a model file of `kind` and tells how its pictures differ.
pub(crate) fn write_and_compare(kind: Kind, generator: &Generator, origin: Origin, path: &Path) -> Result<()> {
    write_model(kind, generator, origin, path)?;
    println!("{}", path.display());
    if kind != Kind::F32 {
        let difference = difference(generator, path)?;
        println!("its pixels differ from those of f32 by {difference:.2} of 255 in the mean");
    }
    Ok(())
}

/// Writes `generator` as a model file of `kind`.
pub(crate) fn write_model(kind: Kind, generator: &Generator, origin: Origin, path: &Path) -> Result<()> {
    let file = match kind {
        Kind::F32 => float_model(generator, origin)?,
        Kind::Int8 => quantise(generator, [Int8, Int8], origin)?,
        Kind::Mixed => quantise(generator, [Int8, Int4], origin)?,
        Kind::Int4 => quantise(generator, [Int4, Int4], origin)?,
    };
    write_whole(path, &file)
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
