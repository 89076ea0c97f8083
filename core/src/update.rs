//! The second phase of a step: each block of rows sums its gradient over all samples and is updated at once.

use crate::kernel::{Beside, Isa, Lanes, Left, Operation, Product, Right, Start, WIDTH};
use crate::mlp::{Trace, take};
use crate::network::{CacheLine, Layer, Network, PANEL, layers, total_panels};
use crate::optimiser::Optimiser;
use core::ops::Range;

use bytemuck::Zeroable;
use heapless::Vec;

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
        let mut panels: &mut [f32] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(&mut self.transposed));
        for layer in layers(N::LAYERS, self.weights.flat()) {
            for rows in layer.kernel.chunks(PANEL * layer.shape.outputs) {
                let panel = take(&mut panels, PANEL * layer.shape.outputs);
                transpose(rows, layer.shape.outputs, 0..layer.shape.outputs, panel);
            }
        }
    }

    /// Cuts the network into blocks that can be updated at the same time, `trace` telling inputs and gradients of all
    /// samples.
    pub fn blocks<'t>(&'t mut self, trace: &'t Trace<'_>, mut each: impl FnMut(Block<'t, MOMENTS>)) {
        let samples = trace.rows;
        let mut parameters =
            Parameters { weights: self.weights.flat_mut(), moments: self.moments.each_mut().map(N::flat_mut) };
        let mut panels: &mut [f32] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(&mut self.transposed));
        for (index, &shape) in N::LAYERS.iter().enumerate() {
            let Layer { inputs, outputs, .. } = shape;
            let (x, dy) = (&*trace.inputs[index], &*trace.gradients[index]);
            let mut panels = take(&mut panels, shape.panels_len());
            if outputs == 1 {
                // A column of weights: summed as the row that it is in memory, sixteen of them at a time.
                let left = Left::Rows { data: dy, stride: samples };
                let parameters = parameters.take(inputs);
                each(Block { samples, columns: inputs, parameters, left, right: x, panel: Panel::Same(panels) });
            } else {
                for first in (0..inputs).step_by(PANEL) {
                    let left = Left::Columns { data: &x[first..], stride: inputs };
                    let parameters = parameters.take(PANEL.min(inputs - first) * outputs);
                    let panel = Panel::Transposed(take(&mut panels, PANEL * outputs));
                    each(Block { samples, columns: outputs, parameters, left, right: dy, panel });
                }
            }
            // A bias is a row into which every sample sent a 1.
            let left = Left::Columns { data: &[1.0], stride: 0 };
            let bias = parameters.take(outputs);
            each(Block { samples, columns: outputs, parameters: bias, left, right: dy, panel: Panel::None });
            parameters.take(shape.len() - shape.parameters());
        }
    }
}

/// Blocks that [`Trained::blocks`] makes of a network.
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
///
/// The gradient of its `[rows][columns]` parameters is `left · right`, summed over the samples.
pub struct Block<'t, const MOMENTS: usize> {
    samples: usize,
    columns: usize,
    parameters: Parameters<'t, MOMENTS>,
    left: Left<'t>,
    /// `[samples][columns]`
    right: &'t [f32],
    panel: Panel<'t>,
}

/// The transposed copy of a block's weights.
enum Panel<'t> {
    /// A bias has none.
    None,
    /// `[columns][16]`: the rows, of which there are at most sixteen, side by side.
    Transposed(&'t mut [f32]),
    /// The weights of a layer with one output lie in memory as their transpose does.
    Same(&'t mut [f32]),
}

impl<const MOMENTS: usize> Block<'_, MOMENTS> {
    /// Sums the gradient of the block and moves its weights by `rule`.
    pub fn update<O: Optimiser<MOMENTS>>(&mut self, isa: Isa, rule: &O) {
        isa.run(Update { block: self, rule });
    }
}

/// Columns whose gradient is summed and used before the next ones: a multiple of every tile's width.
const COLUMNS: usize = 48;

/// Weights, their panel, and the moments of the optimiser that has most.
const MOST_BESIDE: usize = 4;

struct Update<'a, 't, O, const MOMENTS: usize> {
    block: &'a mut Block<'t, MOMENTS>,
    rule: &'a O,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Operation for Update<'_, '_, O, MOMENTS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { block, rule } = self;
        let mut sums = [CacheLine([0.0; WIDTH]); PANEL * COLUMNS / WIDTH];
        let sums: &mut [f32] = bytemuck::cast_slice_mut(&mut sums);
        for first in (0..block.columns).step_by(COLUMNS) {
            let columns = first..block.columns.min(first + COLUMNS);
            block.sum_gradients::<L>(columns.clone(), sums);
            for (row, sums) in sums.chunks_exact(COLUMNS).enumerate().take(block.rows()) {
                let at = row * block.columns + columns.start..row * block.columns + columns.end;
                let Parameters { weights, moments } = &mut block.parameters;
                let moments = moments.each_mut().map(|moment| &mut moment[at.clone()]);
                optimise::<L, O, MOMENTS>(rule, &mut weights[at], &sums[..columns.len()], moments);
            }
            block.copy_weights::<L>(columns);
        }
    }
}

impl<const MOMENTS: usize> Block<'_, MOMENTS> {
    fn rows(&self) -> usize {
        self.parameters.weights.len() / self.columns
    }

    /// Sums the gradients of `columns` over all samples, in order, into `sums` (`[rows][COLUMNS]`).
    #[inline(always)]
    fn sum_gradients<L: Lanes>(&self, columns: Range<usize>, sums: &mut [f32]) {
        L::multiply(Product {
            rows: self.rows(),
            depth: self.samples,
            columns: columns.len(),
            left: self.left,
            right: Right { data: &self.right[columns.start..], depth_stride: self.columns, group_stride: WIDTH },
            start: Start::Zero,
            out: sums,
            out_stride: COLUMNS,
            beside: &self.beside(columns.start),
        });
    }

    /// What the update reads and writes beside the gradients of the columns from `first` on.
    #[inline(always)]
    fn beside(&self, first: usize) -> Vec<Beside<'_>, MOST_BESIDE> {
        let Parameters { weights, moments } = &self.parameters;
        let rows = [&**weights].into_iter().chain(moments.iter().map(|moment| &**moment));
        let rows = rows.map(|rows| Beside { data: &rows[first..], row_stride: self.columns, group_stride: WIDTH });
        let panel = match &self.panel {
            // Sixteen columns fill sixteen rows of the panel.
            Panel::Transposed(panel) => {
                Some(Beside { data: &panel[first * PANEL..], row_stride: PANEL, group_stride: WIDTH * PANEL })
            }
            Panel::Same(_) | Panel::None => None,
        };
        rows.chain(panel).collect()
    }

    /// Writes the weights of `columns` to their transposed copy.
    #[inline(always)]
    fn copy_weights<L: Lanes>(&mut self, columns: Range<usize>) {
        let weights = &*self.parameters.weights;
        match &mut self.panel {
            Panel::None => {}
            Panel::Transposed(panel) => transpose_lanes::<L>(weights, self.columns, columns, panel),
            Panel::Same(panel) => panel[columns.clone()].copy_from_slice(&weights[columns]),
        }
    }
}

/// Moves `weights` by `rule`, sixteen at a time; the last few in a block filled up with zeros.
#[inline(always)]
fn optimise<L: Lanes, O: Optimiser<MOMENTS>, const MOMENTS: usize>(
    rule: &O,
    weights: &mut [f32],
    gradients: &[f32],
    mut moments: [&mut [f32]; MOMENTS],
) {
    let full = weights.len() / WIDTH * WIDTH;
    for at in (0..full).step_by(WIDTH) {
        let moments = moments.each_mut().map(|moment| lanes_mut(moment, at));
        optimise_lanes::<L, O, MOMENTS>(rule, lanes_mut(weights, at), lanes(gradients, at), moments);
    }
    let rest = weights.len() - full;
    if rest > 0 {
        let pad = |from: &[f32]| {
            let mut padded = [0.0; WIDTH];
            padded[..rest].copy_from_slice(&from[full..]);
            padded
        };
        let (mut w, g) = (pad(weights), pad(gradients));
        let mut padded = moments.each_ref().map(|moment| pad(moment));
        optimise_lanes::<L, O, MOMENTS>(rule, &mut w, &g, padded.each_mut());
        weights[full..].copy_from_slice(&w[..rest]);
        for (moment, padded) in moments.iter_mut().zip(padded) {
            moment[full..].copy_from_slice(&padded[..rest]);
        }
    }
}

#[inline(always)]
fn optimise_lanes<L: Lanes, O: Optimiser<MOMENTS>, const MOMENTS: usize>(
    rule: &O,
    weights: &mut [f32; WIDTH],
    gradients: &[f32; WIDTH],
    moments: [&mut [f32; WIDTH]; MOMENTS],
) {
    let mut values = moments.each_ref().map(|moment| L::load(moment));
    rule.update(L::load(weights), L::load(gradients), &mut values).store(weights);
    for (moment, value) in moments.into_iter().zip(values) {
        value.store(moment);
    }
}

#[inline(always)]
fn lanes(slice: &[f32], at: usize) -> &[f32; WIDTH] {
    slice[at..].first_chunk().expect("sixteen floats from a multiple of sixteen on")
}

#[inline(always)]
fn lanes_mut(slice: &mut [f32], at: usize) -> &mut [f32; WIDTH] {
    slice[at..].first_chunk_mut().expect("sixteen floats from a multiple of sixteen on")
}

const _: () = assert!(PANEL == WIDTH, "a block of lanes transposes into the rows of a panel");

/// [`transpose`] by sixteen rows and columns at once, where there are as many.
#[inline(always)]
fn transpose_lanes<L: Lanes>(rows: &[f32], outputs: usize, columns: Range<usize>, panel: &mut [f32]) {
    let full = if rows.len() == PANEL * outputs { columns.len() / WIDTH * WIDTH } else { 0 };
    let rest = columns.start + full..columns.end;
    for first in (columns.start..rest.start).step_by(WIDTH) {
        let block = core::array::from_fn(|row| L::load(lanes(rows, row * outputs + first)));
        for (place, column) in panel[first * PANEL..].as_chunks_mut().0.iter_mut().zip(L::transposed(block)) {
            column.store(place);
        }
    }
    transpose(rows, outputs, rest, panel);
}

/// Writes `columns` of at most [`PANEL`] rows of a kernel (`[rows][outputs]`) to their panel (`[outputs][16]`).
#[inline(always)]
fn transpose(rows: &[f32], outputs: usize, columns: Range<usize>, panel: &mut [f32]) {
    let panel = panel.as_chunks_mut::<PANEL>().0;
    for (row, weights) in rows.chunks_exact(outputs).enumerate() {
        for (place, &weight) in panel[columns.clone()].iter_mut().zip(&weights[columns.clone()]) {
            place[row] = weight;
        }
    }
}
