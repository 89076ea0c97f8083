//! Pictures and sums by a generator of floats, by the kernel that gives the same bits everywhere.

use std::ops::Range;

use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::picture::{Picture, pixel};
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::mlp::forward_layer;
use pocketgan_core::nn::network::{LayerView, Network, layers};
use pocketgan_core::recipe::{Generator, LATENT, PIXELS};

/// The pictures of `seeds` by a generator of floats, to the bit those of its exported model.
pub(crate) fn pictures(generator: &Generator, seeds: Range<u32>) -> Vec<Picture> {
    let latents: Vec<Latent> = seeds.map(Latent::of_picture).collect();
    let outputs = layers(Generator::LAYERS, generator.flat()).fold(rows_of(&latents), |x, layer| forward(layer, &x));
    let picture = |row: &[f32; PIXELS]| row.map(pixel);
    outputs.as_chunks().0.iter().map(picture).collect()
}

/// Latents as rows of floats.
pub(crate) fn rows_of(latents: &[Latent]) -> Vec<f32> {
    let mut rows = vec![0.0; latents.len() * LATENT];
    for (row, latent) in rows.chunks_exact_mut(LATENT).zip(latents) {
        latent.write_f32(row);
    }
    rows
}

/// One layer for rows of inputs, by the kernel that gives the same bits everywhere.
pub(crate) fn forward(layer: LayerView<'_>, x: &[f32]) -> Vec<f32> {
    forward_by(Isa::PORTABLE, layer, x)
}

/// One layer for rows of inputs.
pub(crate) fn forward_by(isa: Isa, layer: LayerView<'_>, x: &[f32]) -> Vec<f32> {
    let rows = x.len() / layer.shape.inputs;
    let mut y = vec![0.0; rows * layer.shape.outputs];
    forward_layer(isa, layer, rows, x, &mut y);
    y
}
