//! Dense layers and the networks made of them, as plain blocks of `f32`.
//!
//! A network is a `#[repr(C)]` struct of [`Dense`] layers and so, at the same time, one flat slice of `f32`.
//! Gradients and the moments of an optimiser have the network's own type; whatever walks over all weights (an
//! optimiser, a checkpoint, an export) walks over one slice and knows no layer by name.

use bytemuck::{Pod, Zeroable};

use crate::nn::mlp::take;

/// No network here has more layers.
pub const MAX_LAYERS: usize = 8;

/// Rows of a kernel that are updated together, and the width of a [panel](Network::Panels).
pub const PANEL: usize = 16;

/// Sixteen floats on a 64-byte boundary: the unit in which memory for the kernels is handed out.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct CacheLine(pub [f32; PANEL]);

/// A dense layer: `y[OUT] = x[IN] · kernel[IN][OUT] + bias[OUT]`, filled up to whole cache lines.
///
/// In a network that begins on a cache line so does each kernel: a load that crosses from a line into the next takes
/// twice as long. `FILL` is what [`Layer::len`] asks for, and whoever makes a network of layers asserts the sum.
#[derive(Clone, Copy, Debug, Zeroable)]
#[repr(C)]
pub struct Dense<const IN: usize, const OUT: usize, const FILL: usize = 0> {
    /// Weights, row-major: a row holds what one input sends to every output.
    pub kernel: [[f32; OUT]; IN],
    /// One bias per output.
    pub bias: [f32; OUT],
    /// Zeros.
    fill: [f32; FILL],
}

// SAFETY: three arrays of `f32` in the order of C: no padding between or behind them, and every bit pattern is a value.
// (The derive refuses types with parameters.)
#[allow(unsafe_code)]
unsafe impl<const IN: usize, const OUT: usize, const FILL: usize> Pod for Dense<IN, OUT, FILL> {}

impl<const IN: usize, const OUT: usize, const FILL: usize> Dense<IN, OUT, FILL> {
    /// The shape of this layer when `activation` follows it.
    pub const fn layer(activation: Activation) -> Layer {
        Layer { inputs: IN, outputs: OUT, activation }
    }
}

/// What follows the sums of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Activation {
    /// Nothing: the sums are the outputs.
    Linear,
    /// `x` where positive, [`LEAK`](crate::nn::activation::LEAK)` * x` elsewhere.
    LeakyRelu,
    /// Hyperbolic tangent.
    Tanh,
}

/// The shape of one dense layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Width of its input.
    pub inputs: usize,
    /// Width of its output.
    pub outputs: usize,
    /// What follows its sums.
    pub activation: Activation,
}

impl Layer {
    /// Number of weights.
    pub const fn kernel_len(&self) -> usize {
        self.inputs * self.outputs
    }

    /// Number of weights and biases.
    pub const fn parameters(&self) -> usize {
        self.kernel_len() + self.outputs
    }

    /// Floats that the layer takes in a network: weights, biases, and zeros up to whole [cache lines](CacheLine).
    #[allow(clippy::len_without_is_empty, reason = "a layer is never empty")]
    pub const fn len(&self) -> usize {
        self.parameters().next_multiple_of(PANEL)
    }

    /// Panels of [`PANEL`] rows that cover the kernel; the last one may be partly empty.
    pub const fn panels(&self) -> usize {
        self.inputs.div_ceil(PANEL)
    }

    /// Floats in the panels of the transposed kernel.
    pub const fn panels_len(&self) -> usize {
        self.panels() * self.outputs * PANEL
    }
}

/// A multilayer perceptron of fixed sizes: the generator, the discriminator, or whatever judges them.
pub trait Network: Pod {
    /// The layers in order; their lengths add up to the network's.
    const LAYERS: &'static [Layer];

    /// Memory for the transposed kernels: for each layer `[inputs / 16][outputs][16]` floats, the last sixteen filled
    /// up with zeros. The product that carries a gradient back through a layer reads it from start to end; and a block
    /// of sixteen rows of the kernel is one contiguous piece, so that whoever updates the rows owns it alone.
    type Panels: Pod;

    /// All weights and biases, layer after layer: each kernel, its bias, and zeros that fill up its last cache line.
    fn flat(&self) -> &[f32] {
        bytemuck::cast_slice(bytemuck::bytes_of(self))
    }

    /// All weights and biases, to be changed.
    fn flat_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(self))
    }
}

/// Number of weights and biases in `layers`, and of the zeros between them.
pub const fn total_len(layers: &[Layer]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < layers.len() {
        total += layers[i].len();
        i += 1;
    }
    total
}

/// Cache lines that hold the [panels](Network::Panels) of `layers`.
pub const fn panel_lines(layers: &[Layer]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < layers.len() {
        total += layers[i].panels_len();
        i += 1;
    }
    total / PANEL
}

/// Blocks of [`PANEL`] rows in all kernels of `layers`.
pub const fn total_panels(layers: &[Layer]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < layers.len() {
        total += layers[i].panels();
        i += 1;
    }
    total
}

/// One layer's part of a network's flat slice.
#[derive(Clone, Copy, Debug)]
pub struct LayerView<'a> {
    /// Its shape.
    pub shape: Layer,
    /// `[inputs][outputs]`
    pub kernel: &'a [f32],
    /// `[outputs]`
    pub bias: &'a [f32],
}

/// The layers of a network, from its flat slice.
///
/// # Panics
/// If `flat` is shorter than the layers need.
pub fn layers<'a>(shapes: &'static [Layer], mut flat: &'a [f32]) -> impl Iterator<Item = LayerView<'a>> {
    shapes.iter().map(move |&shape| {
        let (layer, rest) = flat.split_at(shape.len());
        flat = rest;
        let (kernel, bias) = layer[..shape.parameters()].split_at(shape.kernel_len());
        LayerView { shape, kernel, bias }
    })
}

/// The kernels and biases of a network, layer by layer, to be changed.
///
/// # Panics
/// If `flat` is shorter than the layers need.
pub fn layers_mut<'a>(
    shapes: &'static [Layer],
    mut flat: &'a mut [f32],
) -> impl Iterator<Item = (Layer, &'a mut [f32], &'a mut [f32])> {
    shapes.iter().map(move |&shape| {
        let (kernel, bias) = take(&mut flat, shape.len())[..shape.parameters()].split_at_mut(shape.kernel_len());
        (shape, kernel, bias)
    })
}

/// The transposed kernels of a network, layer by layer, from its panels.
pub fn panels<'a>(shapes: &'static [Layer], mut flat: &'a [f32]) -> impl Iterator<Item = &'a [f32]> {
    shapes.iter().map(move |shape| {
        let (panels, rest) = flat.split_at(shape.panels_len());
        flat = rest;
        panels
    })
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::recipe::{Discriminator, Generator};
    use crate::train::update::Trained;

    #[test]
    fn every_kernel_of_a_network_in_training_begins_on_a_cache_line() {
        fn check<N: Network, const MOMENTS: usize>() {
            let trained: std::boxed::Box<Trained<N, MOMENTS>> = bytemuck::zeroed_box();
            for network in [&trained.weights].into_iter().chain(&trained.moments) {
                for layer in layers(N::LAYERS, network.flat()) {
                    assert!(layer.kernel.as_ptr().addr().is_multiple_of(size_of::<CacheLine>()), "{:?}", layer.shape);
                }
            }
        }
        check::<Generator, 2>();
        check::<Discriminator, 1>();
    }
}
