//! The operands of the products of each layer: its weights, and their copies.

use crate::nn::network::{CacheLine, LayerView, Network, layers};
use crate::nn::precision::Precision;

/// The operands of the forward products of a network's layers: each kernel, `[inputs / DEPTH][outputs]`, or its copy.
pub fn forward_kernels<'a, N: Network, E: Precision>(
    network: &'a N,
    copies: &'a N::Copies,
) -> impl Iterator<Item = LayerView<'a, E>> {
    layers(N::LAYERS, network.flat()).zip(copies_of_layers::<N>(copies)).map(|(layer, copies)| {
        let copy = &bytemuck::cast_slice(copies)[..E::kernel_copy_len(&layer.shape)];
        LayerView { shape: layer.shape, kernel: E::forward_operand(layer.kernel, copy), bias: layer.bias }
    })
}

/// The operands of the backward products: each transposed kernel, `[inputs / 16][outputs / DEPTH][16]`.
pub fn transposed_kernels<N: Network, E: Precision>(copies: &N::Copies) -> impl Iterator<Item = &[E]> {
    N::LAYERS.iter().zip(copies_of_layers::<N>(copies)).map(|(shape, copies)| {
        let first = E::kernel_copy_len(shape);
        &bytemuck::cast_slice(copies)[first..first + shape.transposed_len(E::DEPTH)]
    })
}

/// The memory for the copies of each layer.
fn copies_of_layers<N: Network>(copies: &N::Copies) -> impl Iterator<Item = &[CacheLine]> {
    let mut copies: &[CacheLine] = bytemuck::cast_slice(bytemuck::bytes_of(copies));
    N::LAYERS.iter().map(move |shape| copies.split_off(..shape.copies_lines()).expect("every layer has its copies"))
}
