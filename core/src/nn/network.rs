//! Dense layers, and networks of them as plain memory.
//!
//! A network is a `#[repr(C)]` struct of [`Dense`] layers and so, at the same time, one flat slice of `f32`.
//! Gradients and the moments of an optimiser have the network's own type. Code that treats all weights alike (an
//! optimiser, a checkpoint) uses the slice and needs no layer by name.

use core::fmt::Debug;

use bytemuck::{Pod, Zeroable};

pub use crate::nn::activation::Activation;
pub use crate::nn::kernel::CacheLine;
use crate::nn::kernel::WIDTH;
use crate::nn::patches::Patches;

/// Most layers of a network.
pub const MAX_LAYERS: usize = 8;

/// One item per layer.
pub type PerLayer<T> = heapless::Vec<T, MAX_LAYERS>;

/// Rows of a kernel in one panel of its [transpose](crate::nn::precision).
pub const PANEL: usize = WIDTH;

/// A dense layer, `y[OUT] = x[IN] · kernel[IN][OUT] + bias[OUT]`, padded to whole cache lines.
///
/// The padding lets every kernel of a network begin on a cache line: a load across two lines takes twice as long.
/// `FILL` is the number of floats that [`Layer::len`] adds to those of kernel and bias.
#[derive(Clone, Copy, Debug, Zeroable)]
#[repr(C)]
pub struct Dense<const IN: usize, const OUT: usize, const FILL: usize = 0> {
    /// Weights, row-major: one row per input, one column per output.
    pub kernel: [[f32; OUT]; IN],
    /// One bias per output.
    pub bias: [f32; OUT],
    /// Zeros.
    fill: [f32; FILL],
}

// SAFETY: three arrays of `f32` in the order of C: no padding bytes, and every bit pattern is a value. (The derive
// rejects generic types.)
#[allow(unsafe_code)]
unsafe impl<const IN: usize, const OUT: usize, const FILL: usize> Pod for Dense<IN, OUT, FILL> {}

impl<const IN: usize, const OUT: usize, const FILL: usize> Dense<IN, OUT, FILL> {
    /// The shape of this layer with `activation`.
    pub const fn layer(activation: Activation) -> Layer {
        Layer { inputs: IN, outputs: OUT, activation }
    }
}

/// The shape of a dense layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of outputs.
    pub outputs: usize,
    /// Its activation function.
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

    /// Floats of the layer in a network: weights, biases, and padding to whole [cache lines](CacheLine).
    #[allow(clippy::len_without_is_empty, reason = "a layer is never empty")]
    pub const fn len(&self) -> usize {
        self.parameters().next_multiple_of(WIDTH)
    }

    /// Elements of the transposed kernel, `[inputs / 16][outputs / depth][16]`, where an element holds `depth` numbers.
    pub(crate) const fn transposed_len(&self, depth: usize) -> usize {
        self.inputs.next_multiple_of(PANEL) * self.outputs.div_ceil(depth)
    }

    /// Cache lines for the [copies](Network::Copies) of the kernel. Those in bfloat16 take as much memory as the one in
    /// f32, but for odd numbers of inputs or outputs.
    pub(crate) const fn copies_lines(&self) -> usize {
        let in_f32 = self.transposed_len(1);
        let in_pairs = self.inputs.div_ceil(2) * self.outputs + self.transposed_len(2);
        (if in_f32 > in_pairs { in_f32 } else { in_pairs }).div_ceil(WIDTH)
    }
}

/// A network of fixed sizes: a multilayer perceptron, or one whose first layers are convolutions.
pub trait Network: Pod + Debug + Sync {
    /// The layers in order; their lengths add up to the network's. There are at most [`MAX_LAYERS`].
    const LAYERS: &'static [Layer];

    /// The patches of its input that each layer is applied to: of a dense layer's, one that is [all of
    /// it](Patches::whole).
    const PATCHES: &'static [Patches];

    /// Number of inputs of the network.
    const INPUTS: usize = Self::PATCHES[0].image_len();

    /// Number of outputs of the network.
    const OUTPUTS: usize =
        Self::PATCHES[Self::PATCHES.len() - 1].count() * Self::LAYERS[Self::LAYERS.len() - 1].outputs;

    /// Memory for the [copies](crate::nn::precision) of the kernels that products read, in any precision.
    type Copies: Pod + Debug + Sync;

    /// All weights and biases, layer after layer: each kernel, its bias, and its padding.
    fn flat(&self) -> &[f32] {
        bytemuck::cast_slice(bytemuck::bytes_of(self))
    }

    /// All weights and biases, mutable.
    fn flat_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(self))
    }
}

/// Floats of a network of `layers`: weights, biases and padding.
pub const fn total_len(layers: &[Layer]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < layers.len() {
        total += layers[i].len();
        i += 1;
    }
    total
}

/// Cache lines for the [copies](Network::Copies) of the kernels of `layers`.
pub const fn copies_lines(layers: &[Layer]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < layers.len() {
        total += layers[i].copies_lines();
        i += 1;
    }
    total
}

/// A layer of a network.
#[derive(Clone, Copy, Debug)]
pub struct LayerView<'a, E = f32> {
    /// Its shape.
    pub shape: Layer,
    /// `[inputs][outputs]`; in bfloat16 pairs of rows, `[inputs / 2][outputs]`.
    pub kernel: &'a [E],
    /// `[outputs]`
    pub bias: &'a [f32],
}

/// The layers of a network, from its flat slice.
///
/// # Panics
/// If `flat` is shorter than the layers.
pub fn layers<'a>(shapes: &'static [Layer], mut flat: &'a [f32]) -> impl Iterator<Item = LayerView<'a>> {
    shapes.iter().map(move |&shape| {
        let layer = flat.split_off(..shape.len()).expect("the slice holds all layers");
        let (kernel, bias) = layer[..shape.parameters()].split_at(shape.kernel_len());
        LayerView { shape, kernel, bias }
    })
}

/// The shape, kernel and bias of each layer of a network, mutable, from its flat slice.
///
/// # Panics
/// If `flat` is shorter than the layers.
pub fn layers_mut<'a>(
    shapes: &'static [Layer],
    mut flat: &'a mut [f32],
) -> impl Iterator<Item = (Layer, &'a mut [f32], &'a mut [f32])> {
    shapes.iter().map(move |&shape| {
        let layer = flat.split_off_mut(..shape.len()).expect("the slice holds all layers");
        let (kernel, bias) = layer[..shape.parameters()].split_at_mut(shape.kernel_len());
        (shape, kernel, bias)
    })
}
