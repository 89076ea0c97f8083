//! The forward and backward pass of a network whose first layers are convolutions.
//!
//! A convolution is a dense layer applied to each of the [patches](crate::nn::patches) of an image; its outputs, one row per patch,
//! are the image of the next layer. For a layer with patches `p[rows * count][in]` of the image `x[rows][..]`:
//!
//! - forward: `p = gather(x)`, then `y[rows * count][out] = f(p W + b)`
//! - backward: `dp = dy Wᵀ`, then `dx = scatter_add(dp)`, times `f'` of the layer before.
//!
//! The gradients of the weights, `pᵀ dy`, are part of the [update](crate::train::update), as those of dense layers.

use crate::nn::activation;
use crate::nn::activations::Activations;
use crate::nn::kernel::Isa;
use crate::nn::memory::take;
use crate::nn::mlp::{forward_layer, layer_input_gradient};
use crate::nn::network::{Network, PerLayer, layers};
use crate::nn::operands::transposed_kernels;

/// What the samples of a batch store on their way through a network with convolutions.
#[derive(Debug)]
pub struct PatchActivations<'m> {
    /// Of each layer, the patches `[rows * count][inputs]` and the gradients `[rows * count][outputs]`.
    pub layers: Activations<'m>,
    /// The image that each layer's patches are copied from, `[rows][image]`; the first is the input of the network.
    pub images: PerLayer<&'m mut [f32]>,
    /// The gradients with respect to the patches of one layer: the largest fits.
    patch_gradients: &'m mut [f32],
}

impl<'m> PatchActivations<'m> {
    /// Floats that one sample needs.
    pub const fn floats_per_row<N: Network>() -> usize {
        let (mut total, mut i) = (largest_patches::<N>(), 0);
        while i < N::LAYERS.len() {
            let (layer, patches) = (N::LAYERS[i], N::PATCHES[i]);
            total += patches.image_len() + patches.count() * (layer.inputs + layer.outputs);
            i += 1;
        }
        total
    }

    /// Takes the memory of `rows` samples from the front of `memory`.
    ///
    /// # Panics
    /// If `memory` is shorter than `rows * floats_per_row`.
    pub fn carve<N: Network>(memory: &mut &'m mut [f32], rows: usize) -> Self {
        let mut split_off = |width: usize| take(memory, rows * width);
        let sizes = || N::LAYERS.iter().zip(N::PATCHES);
        let inputs = sizes().map(|(layer, patches)| split_off(patches.count() * layer.inputs)).collect();
        let gradients = sizes().map(|(layer, patches)| split_off(patches.count() * layer.outputs)).collect();
        let images = sizes().map(|(_, patches)| split_off(patches.image_len())).collect();
        let patch_gradients = split_off(largest_patches::<N>());
        Self { layers: Activations { rows, inputs, gradients }, images, patch_gradients }
    }

    /// The same activations for a shorter lifetime.
    pub fn reborrow(&mut self) -> PatchActivations<'_> {
        PatchActivations {
            layers: self.layers.reborrow(),
            images: self.images.iter_mut().map(|images| &mut **images).collect(),
            patch_gradients: &mut *self.patch_gradients,
        }
    }

    /// Splits off the first `rows` samples.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn take_rows(&mut self, rows: usize) -> Self {
        let total = self.layers.rows;
        let split_off = |whole: &mut &'m mut [f32]| {
            let width = whole.len().checked_div(total).unwrap_or(0);
            take(whole, rows * width)
        };
        Self {
            layers: self.layers.take_rows(rows),
            images: self.images.iter_mut().map(split_off).collect(),
            patch_gradients: split_off(&mut self.patch_gradients),
        }
    }

    /// Carries `images[0]` through `network`: writes the other images, all patches, and `output` (`[rows][outputs]`).
    pub fn forward<N: Network>(&mut self, isa: Isa, network: &N, output: &mut [f32]) {
        for (index, layer) in layers(N::LAYERS, network.flat()).enumerate() {
            let (before, after) = self.images.split_at_mut(index + 1);
            let y = after.first_mut().map_or(&mut *output, |next| next);
            let x = &mut *self.layers.inputs[index];
            N::PATCHES[index].gather(before[index], x);
            forward_layer(isa, layer, self.layers.rows * N::PATCHES[index].count(), x, y);
        }
    }

    /// Carries the gradients of the last layer's sums back: writes those of all layers before.
    pub fn backward<N: Network>(&mut self, isa: Isa, copies: &N::Copies) {
        let transposed: PerLayer<&[f32]> = transposed_kernels::<N, f32>(copies).collect();
        for index in (1..N::LAYERS.len()).rev() {
            let (patches, layer) = (N::PATCHES[index], N::LAYERS[index]);
            let (before, after) = self.layers.gradients.split_at_mut(index);
            let (dx, x) = (&mut *before[index - 1], &*self.images[index]);
            let rows = self.layers.rows * patches.count();
            let dpatches = &mut self.patch_gradients[..rows * layer.inputs];
            layer_input_gradient(isa, layer, transposed[index], rows, after[0], dpatches);
            dx.fill(0.0);
            patches.scatter_add(dpatches, dx);
            isa.vectorised(
                #[inline(always)]
                || activation::backward(N::LAYERS[index - 1].activation, x, dx),
            );
        }
    }
}

/// Floats of the patches of a sample in the layer that has most.
const fn largest_patches<N: Network>() -> usize {
    let (mut largest, mut i) = (0, 0);
    while i < N::PATCHES.len() {
        let len = N::PATCHES[i].count() * N::PATCHES[i].len();
        largest = if len > largest { len } else { largest };
        i += 1;
    }
    largest
}
