//! Forward passes of the float generator, with the portable kernel, which gives the same bits on every machine.

use std::ops::Range;

use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::picture::{Picture, pixel};
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::mlp::forward_layer;
use pocketgan_core::nn::network::{LayerView, Network, layers};
use pocketgan_core::recipe::{Generator, LATENT, PIXELS};

/// The pictures of `seeds`, bit-identical to those of the exported f32 model.
pub(crate) fn pictures(generator: &Generator, seeds: Range<u32>) -> Vec<Picture> {
    let latents: Vec<Latent> = seeds.map(Latent::of_picture).collect();
    let outputs = layers(Generator::LAYERS, generator.flat()).fold(rows_of(&latents), |x, layer| forward(layer, &x));
    let picture = |row: &[f32; PIXELS]| row.map(pixel);
    outputs.as_chunks().0.iter().map(picture).collect()
}

/// Latents as rows of floats: `[latents][LATENT]`.
pub(crate) fn rows_of(latents: &[Latent]) -> Vec<f32> {
    let mut rows = vec![0.0; latents.len() * LATENT];
    for (row, latent) in rows.chunks_exact_mut(LATENT).zip(latents) {
        latent.write_f32(row);
    }
    rows
}

/// The outputs of one layer, `[rows][outputs]`, for inputs `[rows][inputs]`, with the portable kernel.
pub(crate) fn forward(layer: LayerView<'_>, x: &[f32]) -> Vec<f32> {
    forward_by(Isa::PORTABLE, layer, x)
}

/// [`forward`] with the kernel of `isa`.
pub(crate) fn forward_by(isa: Isa, layer: LayerView<'_>, x: &[f32]) -> Vec<f32> {
    let rows = x.len() / layer.shape.inputs;
    let mut y = vec![0.0; rows * layer.shape.outputs];
    forward_layer(isa, layer, rows, x, &mut y);
    y
}
