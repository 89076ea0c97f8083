//! A network in training, and the blocks in which it is updated.

use core::cmp::Reverse;

use bytemuck::Zeroable;

use super::block::Block;
use super::first_kernel::FirstKernel;
use super::gradient_block::GradientBlock;
use super::parameters::Parameters;
use super::tile::COLUMNS;
use super::transposed::{Rows, Transposed, transpose};
use super::weight_gradient::WeightGradient;
use crate::nn::activations::Activations;
use crate::nn::kernel::{CacheLine, Left};
use crate::nn::memory::take;
use crate::nn::network::{Layer, MAX_LAYERS, Network, PANEL, PerLayer, layers};

/// A network in training: its weights, their transpose, and the moments of its optimiser.
#[derive(Clone, Copy, Debug, Zeroable)]
#[repr(C, align(64))]
pub struct Trained<N, const MOMENTS: usize>
where
    N: Network,
{
    /// The weights. Call [`Trained::transpose`] after changing them.
    pub weights: N,
    /// The moments of the optimiser, one of each kind per weight.
    pub moments: [N; MOMENTS],
    transposed: N::Transposed,
}

impl<N: Network, const MOMENTS: usize> Trained<N, MOMENTS> {
    /// The transposed kernels.
    pub fn transposed(&self) -> &N::Transposed {
        &self.transposed
    }

    /// Computes the transposed kernels from the weights.
    pub fn transpose(&mut self) {
        let mut lines: &mut [CacheLine] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(&mut self.transposed));
        for layer in layers(N::LAYERS, self.weights.flat()) {
            let stride = layer.shape.outputs;
            for weights in layer.kernel.chunks(PANEL * stride) {
                let rows = Rows { weights, stride, count: weights.len() / stride };
                transpose(rows, 0, take(&mut lines, stride));
            }
        }
    }

    /// Cuts the network into blocks that can be updated at the same time, those of the largest layer first, so that
    /// threads finish together. `activations` holds the inputs and gradients of all samples. `bias_factors` holds one
    /// factor per sample, by which its gradients are multiplied for the biases; all are 1 without it.
    pub fn blocks<'t>(
        &'t mut self,
        activations: &'t Activations<'_>,
        bias_factors: Option<&'t [f32]>,
    ) -> impl Iterator<Item = Block<'t, MOMENTS>> {
        in_order(self.layer_blocks(activations, bias_factors))
    }

    /// [`Trained::blocks`] without the kernel of the first layer.
    pub(in crate::train) fn blocks_but_first_kernel<'t>(
        &'t mut self,
        activations: &'t Activations<'_>,
        bias_factors: Option<&'t [f32]>,
    ) -> impl Iterator<Item = Block<'t, MOMENTS>> {
        let mut layers = self.layer_blocks(activations, bias_factors);
        layers[0].row = layers[0].shape.inputs;
        in_order(layers)
    }

    /// The kernel of the first layer.
    pub(in crate::train) fn first_kernel(&mut self) -> FirstKernel<'_> {
        let shape = N::LAYERS[0];
        let lines: &mut [CacheLine] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(&mut self.transposed));
        FirstKernel {
            weights: &mut self.weights.flat_mut()[..shape.kernel_len()],
            transposed: &mut lines[..shape.transposed_len() / PANEL],
            columns: shape.outputs,
        }
    }

    fn layer_blocks<'t>(
        &'t mut self,
        activations: &'t Activations<'_>,
        bias_factors: Option<&'t [f32]>,
    ) -> PerLayer<LayerBlocks<'t, MOMENTS>> {
        const { assert!(N::LAYERS.len() <= MAX_LAYERS, "a network has at most MAX_LAYERS layers") };
        let mut parameters =
            Parameters { weights: self.weights.flat_mut(), moments: self.moments.each_mut().map(N::flat_mut) };
        let mut lines: &mut [CacheLine] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(&mut self.transposed));
        N::LAYERS
            .iter()
            .zip(activations.inputs.iter().zip(&activations.gradients))
            .map(|(&shape, (x, dy))| {
                let mut layer = parameters.take(shape.len());
                LayerBlocks {
                    shape,
                    samples: x.len() / shape.inputs,
                    x,
                    dy,
                    bias_factors,
                    row: 0,
                    kernel: layer.take(shape.kernel_len()),
                    bias: Some(layer.take(shape.outputs)),
                    transposed: take(&mut lines, shape.transposed_len() / PANEL),
                }
            })
            .collect()
    }
}

/// The blocks of all layers, those of the largest first.
fn in_order<const MOMENTS: usize>(
    mut layers: PerLayer<LayerBlocks<'_, MOMENTS>>,
) -> impl Iterator<Item = Block<'_, MOMENTS>> {
    layers.sort_unstable_by_key(|layer| Reverse(layer.shape.kernel_len()));
    layers.into_iter().flatten()
}

/// Blocks of the gradient of the first kernel of network `N`, which is written to `gradient`, `[inputs][outputs]`.
pub(in crate::train) fn first_kernel_gradient<'t, N: Network>(
    activations: &'t Activations<'_>,
    gradient: &'t mut [f32],
) -> impl Iterator<Item = GradientBlock<'t>> {
    let Layer { inputs, outputs, .. } = N::LAYERS[0];
    let rows = rows_of_block(outputs);
    gradient.chunks_mut(rows * outputs).enumerate().map(move |(index, into)| {
        let left = Left::Columns { data: &activations.inputs[0][index * rows..], stride: inputs };
        let right = &*activations.gradients[0];
        GradientBlock { gradient: WeightGradient { samples: activations.rows, columns: outputs, left, right }, into }
    })
}

/// The blocks of a layer: rows of its kernel, then its bias.
struct LayerBlocks<'t, const MOMENTS: usize> {
    shape: Layer,
    /// The rows of `x`: the patches of all samples, where there are several.
    samples: usize,
    /// `[samples][inputs]`
    x: &'t [f32],
    /// `[samples][outputs]`
    dy: &'t [f32],
    /// `[samples]`
    bias_factors: Option<&'t [f32]>,
    /// The first remaining row of the kernel.
    row: usize,
    kernel: Parameters<'t, MOMENTS>,
    bias: Option<Parameters<'t, MOMENTS>>,
    transposed: &'t mut [CacheLine],
}

impl<'t, const MOMENTS: usize> Iterator for LayerBlocks<'t, MOMENTS> {
    type Item = Block<'t, MOMENTS>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.row == self.shape.inputs {
            return self.bias.take().map(|bias| self.bias_block(bias));
        }
        Some(if self.shape.outputs == 1 { self.column_block() } else { self.rows_block() })
    }
}

impl<'t, const MOMENTS: usize> LayerBlocks<'t, MOMENTS> {
    /// `dW[rows][outputs] = x[samples][rows]ᵀ · dy[samples][outputs]`
    fn rows_block(&mut self) -> Block<'t, MOMENTS> {
        let Layer { inputs, outputs, .. } = self.shape;
        let rows = rows_of_block(outputs).min(inputs - self.row);
        let left = Left::Columns { data: &self.x[self.row..], stride: inputs };
        self.row += rows;
        Block {
            gradient: WeightGradient { samples: self.samples, columns: outputs, left, right: self.dy },
            parameters: self.kernel.take(rows * outputs),
            transposed: Transposed::Panels(take(&mut self.transposed, rows.div_ceil(PANEL) * outputs)),
        }
    }

    /// `dW[1][inputs] = dy[samples][1]ᵀ · x[samples][inputs]`: the kernel of a layer with one output is one row of memory,
    /// so that its gradient is computed in vectors.
    fn column_block(&mut self) -> Block<'t, MOMENTS> {
        let inputs = self.shape.inputs;
        self.row = inputs;
        let left = Left::Rows { data: self.dy, stride: self.samples };
        Block {
            gradient: WeightGradient { samples: self.samples, columns: inputs, left, right: self.x },
            parameters: self.kernel.take(inputs),
            transposed: Transposed::Copy(core::mem::take(&mut self.transposed)),
        }
    }

    /// `db[1][outputs] = bias_factors[samples][1]ᵀ · dy[samples][outputs]`
    fn bias_block(&self, parameters: Parameters<'t, MOMENTS>) -> Block<'t, MOMENTS> {
        let left = match self.bias_factors {
            Some(factors) => Left::Columns { data: factors, stride: 1 },
            None => Left::Columns { data: &[1.0], stride: 0 },
        };
        let gradient = WeightGradient { samples: self.samples, columns: self.shape.outputs, left, right: self.dy };
        Block { gradient, parameters, transposed: Transposed::None }
    }
}

/// Fewest tiles of a full block. The last tile of a block is updated without interleaving, so blocks must not be small.
const TILES: usize = 6;

/// Rows of a block in a layer with `outputs` outputs: whole panels.
const fn rows_of_block(outputs: usize) -> usize {
    PANEL * TILES.div_ceil(outputs.div_ceil(COLUMNS))
}
