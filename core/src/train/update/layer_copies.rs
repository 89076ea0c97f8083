//! The copies of each layer's kernel, to be written.

use crate::nn::memory::take;
use crate::nn::network::{CacheLine, Network};
use crate::nn::precision::Precision;

/// The copies of a layer's kernel, to be written.
#[derive(Debug)]
pub(super) struct LayerCopies<'a, E> {
    /// `[inputs / DEPTH][outputs]`, or nothing.
    pub(super) kernel: &'a mut [E],
    /// `[inputs / 16][outputs / DEPTH][16]`
    pub(super) transposed: &'a mut [E],
}

/// The copies of each layer's kernel.
pub(super) fn layer_copies<N: Network, E: Precision>(
    copies: &mut N::Copies,
) -> impl Iterator<Item = LayerCopies<'_, E>> {
    let mut copies: &mut [CacheLine] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(copies));
    N::LAYERS.iter().map(move |shape| {
        let elements: &mut [E] = bytemuck::cast_slice_mut(take(&mut copies, shape.copies_lines()));
        let (kernel, rest) = elements.split_at_mut(E::kernel_copy_len(shape));
        LayerCopies { kernel, transposed: &mut rest[..shape.transposed_len(E::DEPTH)] }
    })
}
