//! The second phase of a step: each block of rows sums its gradient over all samples and is updated at once.

mod moving;
mod stripe;
mod summing;
#[cfg(test)]
mod tests;
mod transpose;
mod vectors;

use bytemuck::Zeroable;

use crate::nn::kernel::{Isa, Left};
use crate::nn::mlp::{Trace, take};
use crate::nn::network::{CacheLine, Layer, Network, PANEL, layers, total_panels};
use crate::train::optimiser::Optimiser;

use stripe::COLUMNS;
use summing::{Gradients, Update};
use transpose::{Rows, transpose};

/// A network in training: its weights, the same transposed, and what its optimiser remembers.
#[derive(Clone, Copy, Debug, Zeroable)]
#[repr(C, align(64))]
pub struct Trained<N, const MOMENTS: usize>
where
    N: Network,
{
    /// The weights. Whoever changes them calls [`Trained::transpose`].
    pub weights: N,
    /// The optimiser's moments, weight by weight.
    pub moments: [N; MOMENTS],
    transposed: N::Panels,
}

impl<N: Network, const MOMENTS: usize> Trained<N, MOMENTS> {
    /// The transposed kernels.
    pub fn transposed(&self) -> &N::Panels {
        &self.transposed
    }

    /// Rebuilds the transposed kernels from the weights.
    pub fn transpose(&mut self) {
        let mut panels: &mut [CacheLine] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(&mut self.transposed));
        for layer in layers(N::LAYERS, self.weights.flat()) {
            let stride = layer.shape.outputs;
            for numbers in layer.kernel.chunks(PANEL * stride) {
                let rows = Rows { numbers, stride, count: numbers.len() / stride };
                transpose(rows, 0, take(&mut panels, stride));
            }
        }
    }

    /// Cuts the network into blocks that can be updated at the same time, `trace` telling inputs and gradients of all
    /// samples. A sample's gradients count `factors` times for the biases, or once.
    pub fn blocks<'t>(
        &'t mut self,
        trace: &'t Trace<'_>,
        factors: Option<&'t [f32]>,
        mut each: impl FnMut(Block<'t, MOMENTS>),
    ) {
        let samples = trace.rows;
        let mut parameters =
            Parameters { weights: self.weights.flat_mut(), moments: self.moments.each_mut().map(N::flat_mut) };
        let mut panels: &mut [CacheLine] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(&mut self.transposed));
        for (index, &shape) in N::LAYERS.iter().enumerate() {
            let Layer { inputs, outputs, .. } = shape;
            let (x, dy) = (&*trace.inputs[index], &*trace.gradients[index]);
            let mut panels = take(&mut panels, shape.panels_len() / PANEL);
            if outputs == 1 {
                // A column of weights: summed as the row that it is in memory, sixteen of them at a time.
                let left = Left::Rows { data: dy, stride: samples };
                let parameters = parameters.take(inputs);
                let gradients = Gradients { samples, columns: inputs, left, right: x };
                each(Block { gradients, parameters, panel: Panel::Same(panels) });
            } else {
                let rows = rows_of_block(outputs);
                for first in (0..inputs).step_by(rows) {
                    let rows = rows.min(inputs - first);
                    let left = Left::Columns { data: &x[first..], stride: inputs };
                    let parameters = parameters.take(rows * outputs);
                    let panel = Panel::Transposed(take(&mut panels, rows.div_ceil(PANEL) * outputs));
                    let gradients = Gradients { samples, columns: outputs, left, right: dy };
                    each(Block { gradients, parameters, panel });
                }
            }
            // A bias is a row into which every sample sent a 1.
            let left = match factors {
                Some(factors) => Left::Columns { data: factors, stride: 1 },
                None => Left::Columns { data: &[1.0], stride: 0 },
            };
            let bias = parameters.take(outputs);
            let gradients = Gradients { samples, columns: outputs, left, right: dy };
            each(Block { gradients, parameters: bias, panel: Panel::None });
            parameters.take(shape.len() - shape.parameters());
        }
    }
}

/// Stripes that a block has at the least: the weights of its last one are moved while nothing else is done.
const STRIPES: usize = 6;

/// Rows of a block in a layer with `outputs` outputs: whole panels.
const fn rows_of_block(outputs: usize) -> usize {
    PANEL * STRIPES.div_ceil(outputs.div_ceil(COLUMNS))
}

/// Most blocks that [`Trained::blocks`] makes of a network.
pub const fn blocks_of(shapes: &[Layer]) -> usize {
    total_panels(shapes) + shapes.len()
}

/// Weights and what an optimiser remembers of them.
struct Parameters<'t, const MOMENTS: usize> {
    weights: &'t mut [f32],
    moments: [&'t mut [f32]; MOMENTS],
}

impl<const MOMENTS: usize> Parameters<'_, MOMENTS> {
    /// Cuts off the first `len`.
    fn take(&mut self, len: usize) -> Self {
        Self { weights: take(&mut self.weights, len), moments: self.moments.each_mut().map(|moment| take(moment, len)) }
    }
}

/// Some rows of a kernel, or a bias, with all that their update needs. It alone owns what it changes.
pub struct Block<'t, const MOMENTS: usize> {
    gradients: Gradients<'t>,
    parameters: Parameters<'t, MOMENTS>,
    panel: Panel<'t>,
}

/// The transposed copy of a block's weights.
enum Panel<'t> {
    /// A bias has none.
    None,
    /// `[rows / 16][columns]` lines: for every sixteen rows, their weights side by side.
    Transposed(&'t mut [CacheLine]),
    /// The weights of a layer with one output lie in memory as their transpose does.
    Same(&'t mut [CacheLine]),
}

impl<const MOMENTS: usize> Block<'_, MOMENTS> {
    /// Sums the gradient of the block and moves its weights by `rule`.
    pub fn update<O: Optimiser<MOMENTS>>(&mut self, isa: Isa, rule: &O) {
        isa.run(Update { block: self, rule });
    }
}
