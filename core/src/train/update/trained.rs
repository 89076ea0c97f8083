//! A network in training, and the blocks in which it is updated.

use core::cmp::Reverse;
use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::block::Block;
use super::copies::{Copies, RowCopies};
use super::first_kernel::FirstKernel;
use super::gradient_block::GradientBlock;
use super::layer_copies::layer_copies;
use super::parameters::Parameters;
use super::tile::COLUMNS;
use super::weight_gradient::WeightGradient;
use crate::nn::activations::Activations;
use crate::nn::kernel::{Element, Isa, Left, Operation, RegisterTile};
use crate::nn::network::{Layer, MAX_LAYERS, Network, PANEL, PerLayer, layers};
use crate::nn::precision::{Precision, Rows};

/// A network in training: its weights, the copies of its kernels that products read, and the moments of its optimiser.
#[derive(Clone, Copy, Debug, Zeroable)]
#[repr(C, align(64))]
pub struct Trained<N, const MOMENTS: usize, E = f32>
where
    N: Network,
{
    /// The weights. Call [`Trained::copy_kernels`] after changing them.
    pub weights: N,
    /// The moments of the optimiser, one of each kind per weight.
    pub moments: [N; MOMENTS],
    copies: N::Copies,
    precision: PhantomData<E>,
}

impl<N: Network, const MOMENTS: usize, E: Precision> Trained<N, MOMENTS, E> {
    /// The copies of the kernels.
    pub fn copies(&self) -> &N::Copies {
        &self.copies
    }

    /// Computes the copies of the kernels from the weights.
    pub fn copy_kernels(&mut self) {
        Isa::best().run(CopyKernels(self));
    }

    /// Cuts the network into blocks that can be updated at the same time, those of the largest layer first, so that
    /// threads finish together. `activations` holds the inputs and gradients of all samples. `bias_factors` holds one
    /// factor per sample, by which its gradients are multiplied for the biases; all are 1 without it.
    pub fn blocks<'t>(
        &'t mut self,
        activations: &'t Activations<'_, E>,
        bias_factors: Option<&'t [E]>,
    ) -> impl Iterator<Item = Block<'t, MOMENTS, E>> {
        in_order(self.layer_blocks(activations, bias_factors))
    }

    /// [`Trained::blocks`] without the kernel of the first layer.
    pub(in crate::train) fn blocks_but_first_kernel<'t>(
        &'t mut self,
        activations: &'t Activations<'_, E>,
        bias_factors: Option<&'t [E]>,
    ) -> impl Iterator<Item = Block<'t, MOMENTS, E>> {
        let mut layers = self.layer_blocks(activations, bias_factors);
        layers[0].row = layers[0].shape.inputs;
        in_order(layers)
    }

    /// The kernel of the first layer.
    pub(in crate::train) fn first_kernel(&mut self) -> FirstKernel<'_, E> {
        let shape = N::LAYERS[0];
        let copies = layer_copies::<N, E>(&mut self.copies).next().expect("a network has layers");
        FirstKernel {
            weights: &mut self.weights.flat_mut()[..shape.kernel_len()],
            copies: RowCopies::new(copies, shape.outputs),
            columns: shape.outputs,
        }
    }

    fn layer_blocks<'t>(
        &'t mut self,
        activations: &'t Activations<'_, E>,
        bias_factors: Option<&'t [E]>,
    ) -> PerLayer<LayerBlocks<'t, MOMENTS, E>> {
        const { assert!(N::LAYERS.len() <= MAX_LAYERS, "a network has at most MAX_LAYERS layers") };
        let mut parameters =
            Parameters { weights: self.weights.flat_mut(), moments: self.moments.each_mut().map(N::flat_mut) };
        N::LAYERS
            .iter()
            .zip(layer_copies::<N, E>(&mut self.copies))
            .zip(activations.inputs.iter().zip(&activations.gradients))
            .map(|((&shape, copies), (x, dy))| {
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
                    copies: Copies::of_layer(copies, shape),
                }
            })
            .collect()
    }
}

/// The blocks of all layers, those of the largest first.
fn in_order<const MOMENTS: usize, E: Precision>(
    mut layers: PerLayer<LayerBlocks<'_, MOMENTS, E>>,
) -> impl Iterator<Item = Block<'_, MOMENTS, E>> {
    layers.sort_unstable_by_key(|layer| Reverse(layer.shape.kernel_len()));
    layers.into_iter().flatten()
}

/// Blocks of the gradient of the first kernel of network `N`, which is written to `gradient`, `[inputs][outputs]`.
pub(in crate::train) fn first_kernel_gradient<'t, N: Network, E: Element>(
    activations: &'t Activations<'_, E>,
    gradient: &'t mut [f32],
) -> impl Iterator<Item = GradientBlock<'t, E>> {
    let Layer { inputs, outputs, .. } = N::LAYERS[0];
    let rows = rows_of_block(outputs);
    gradient.chunks_mut(rows * outputs).enumerate().map(move |(index, into)| {
        let left = Left::Columns { data: &activations.inputs[0][index * rows..], stride: inputs };
        let (samples, right) = (activations.rows.div_ceil(E::DEPTH), &*activations.gradients[0]);
        GradientBlock { gradient: WeightGradient { samples, columns: outputs, left, right }, into }
    })
}

/// The blocks of a layer: rows of its kernel, then its bias.
struct LayerBlocks<'t, const MOMENTS: usize, E> {
    shape: Layer,
    /// The rows of `x`: of all samples, or of all their patches.
    samples: usize,
    /// `[samples][inputs]`
    x: &'t [E],
    /// `[samples][outputs]`
    dy: &'t [E],
    /// `[samples]`
    bias_factors: Option<&'t [E]>,
    /// The first remaining row of the kernel.
    row: usize,
    kernel: Parameters<'t, MOMENTS>,
    bias: Option<Parameters<'t, MOMENTS>>,
    copies: Copies<'t, E>,
}

impl<'t, const MOMENTS: usize, E: Precision> Iterator for LayerBlocks<'t, MOMENTS, E> {
    type Item = Block<'t, MOMENTS, E>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.row == self.shape.inputs {
            return self.bias.take().map(|bias| self.bias_block(bias));
        }
        Some(if self.shape.outputs == 1 { self.column_block() } else { self.rows_block() })
    }
}

impl<'t, const MOMENTS: usize, E: Precision> LayerBlocks<'t, MOMENTS, E> {
    /// `dW[rows][outputs] = x[samples][rows]ᵀ · dy[samples][outputs]`
    fn rows_block(&mut self) -> Block<'t, MOMENTS, E> {
        let Layer { inputs, outputs, .. } = self.shape;
        let rows = rows_of_block(outputs).min(inputs - self.row);
        let left = Left::Columns { data: &self.x[self.row..], stride: inputs };
        self.row += rows;
        Block {
            gradient: WeightGradient { samples: self.samples, columns: outputs, left, right: self.dy },
            parameters: self.kernel.take(rows * outputs),
            copies: self.copies.take(rows),
        }
    }

    /// `dW[1][inputs] = dy[samples][1]ᵀ · x[samples][inputs]`: the kernel of a layer with one output is one row of memory,
    /// so that its gradient is computed in vectors.
    fn column_block(&mut self) -> Block<'t, MOMENTS, E> {
        let inputs = self.shape.inputs;
        self.row = inputs;
        let left = Left::Rows { data: self.dy, stride: self.samples };
        Block {
            gradient: WeightGradient { samples: self.samples, columns: inputs, left, right: self.x },
            parameters: self.kernel.take(inputs),
            copies: self.copies.take(inputs),
        }
    }

    /// `db[1][outputs] = bias_factors[samples][1]ᵀ · dy[samples][outputs]`
    fn bias_block(&self, parameters: Parameters<'t, MOMENTS>) -> Block<'t, MOMENTS, E> {
        let left = match self.bias_factors {
            Some(factors) => Left::Columns { data: factors, stride: 1 },
            None => Left::Columns { data: E::ONES, stride: 0 },
        };
        let gradient = WeightGradient { samples: self.samples, columns: self.shape.outputs, left, right: self.dy };
        Block { gradient, parameters, copies: Copies::None }
    }
}

/// Copies all kernels.
struct CopyKernels<'a, N: Network, const MOMENTS: usize, E>(&'a mut Trained<N, MOMENTS, E>);

impl<N: Network, const MOMENTS: usize, E: Precision> Operation for CopyKernels<'_, N, MOMENTS, E> {
    type Output = ();

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self(Trained { weights, copies, .. }) = self;
        for (layer, copies) in layers(N::LAYERS, weights.flat()).zip(layer_copies::<N, E>(copies)) {
            let mut copies = Copies::of_layer(copies, layer.shape);
            if layer.shape.outputs == 1 {
                let (weights, columns) = (layer.kernel, layer.shape.inputs);
                copies.write::<T>(Rows { weights, stride: columns, count: 1, columns }, 0, 0);
                continue;
            }
            let columns = layer.shape.outputs;
            for (first_row, weights) in (0..).step_by(PANEL).zip(layer.kernel.chunks(PANEL * columns)) {
                let rows = Rows { weights, stride: columns, count: weights.len() / columns, columns };
                copies.write::<T>(rows, first_row, 0);
            }
        }
    }
}

/// Fewest tiles of a full block. The last tile of a block is updated without interleaving, so blocks must not be small.
const TILES: usize = 6;

/// Rows of a block in a layer with `outputs` outputs: whole panels.
const fn rows_of_block(outputs: usize) -> usize {
    PANEL * TILES.div_ceil(outputs.div_ceil(COLUMNS))
}
