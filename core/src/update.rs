//! The second phase of a step: each block of rows sums its gradient over all samples and is updated at once.

use crate::kernel::{Isa, Lanes, Left, Operation, Product, Right, Start, WIDTH};
use crate::mlp::{Trace, take};
use crate::network::{Layer, Network, PANEL, layers, total_panels};
use crate::optimiser::Optimiser;
use bytemuck::Zeroable;

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
        let mut weights = self.weights.flat_mut();
        let mut moments = self.moments.each_mut().map(N::flat_mut);
        let mut panels: &mut [f32] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(&mut self.transposed));
        for (index, &shape) in N::LAYERS.iter().enumerate() {
            let Layer { inputs, outputs, .. } = shape;
            let (x, dy) = (&*trace.inputs[index], &*trace.gradients[index]);
            for first in (0..inputs).step_by(PANEL) {
                let rows = PANEL.min(inputs - first);
                each(Block {
                    outputs,
                    samples: trace.rows,
                    weights: take(&mut weights, rows * outputs),
                    moments: moments.each_mut().map(|moment| take(moment, rows * outputs)),
                    gradients: dy,
                    kind: Kind::Kernel {
                        inputs: &x[first..],
                        stride: inputs,
                        rows,
                        panel: take(&mut panels, PANEL * outputs),
                    },
                });
            }
            each(Block {
                outputs,
                samples: trace.rows,
                weights: take(&mut weights, outputs),
                moments: moments.each_mut().map(|moment| take(moment, outputs)),
                gradients: dy,
                kind: Kind::Bias,
            });
        }
    }
}

/// Blocks that [`Trained::blocks`] makes of a network.
pub const fn blocks_of(shapes: &[Layer]) -> usize {
    total_panels(shapes) + shapes.len()
}

/// Some rows of a kernel, or a bias, with all that their update needs. It alone owns what it changes.
pub struct Block<'t, const MOMENTS: usize> {
    outputs: usize,
    samples: usize,
    weights: &'t mut [f32],
    moments: [&'t mut [f32]; MOMENTS],
    /// `[samples][outputs]`
    gradients: &'t [f32],
    kind: Kind<'t>,
}

enum Kind<'t> {
    /// Rows of a kernel; sample s sent `inputs[s * stride..][..rows]` into them.
    Kernel { inputs: &'t [f32], stride: usize, rows: usize, panel: &'t mut [f32] },
    /// A bias: one row, into which every sample sent a 1.
    Bias,
}

impl<const MOMENTS: usize> Block<'_, MOMENTS> {
    /// Sums the gradient of the block and moves its weights by `rule`.
    pub fn update<O: Optimiser<MOMENTS>>(&mut self, isa: Isa, rule: &O) {
        isa.run(Update { block: self, rule });
    }
}

/// Columns whose gradient is summed and used before the next ones: a multiple of every tile's width.
const COLUMNS: usize = 48;

struct Update<'a, 't, O, const MOMENTS: usize> {
    block: &'a mut Block<'t, MOMENTS>,
    rule: &'a O,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Operation for Update<'_, '_, O, MOMENTS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { block, rule } = self;
        let outputs = block.outputs;
        let mut sums = [[0.0; COLUMNS]; PANEL];
        for first in (0..outputs).step_by(COLUMNS) {
            let columns = first..outputs.min(first + COLUMNS);
            let rows = block.sum_gradients::<L>(columns.clone(), &mut sums);
            for (row, sums) in sums.iter().enumerate().take(rows) {
                let at = row * outputs + columns.start..row * outputs + columns.end;
                let moments = block.moments.each_mut().map(|moment| &mut moment[at.clone()]);
                optimise::<L, O, MOMENTS>(rule, &mut block.weights[at.clone()], &sums[..columns.len()], moments);
            }
            if let Kind::Kernel { panel, .. } = &mut block.kind {
                transpose_lanes::<L>(block.weights, outputs, columns, panel);
            }
        }
    }
}

impl<const MOMENTS: usize> Block<'_, MOMENTS> {
    /// Sums the gradients of `columns` over all samples, in order, into the first rows of `sums`; how many there are.
    #[inline(always)]
    fn sum_gradients<L: Lanes>(&self, columns: core::ops::Range<usize>, sums: &mut [[f32; COLUMNS]; PANEL]) -> usize {
        let (left, rows) = match self.kind {
            Kind::Kernel { inputs, stride, rows, .. } => {
                (Left { data: inputs, row_stride: 1, depth_stride: stride }, rows)
            }
            Kind::Bias => (Left { data: &[1.0], row_stride: 0, depth_stride: 0 }, 1),
        };
        L::multiply(Product {
            rows,
            depth: self.samples,
            columns: columns.len(),
            left,
            right: Right { data: &self.gradients[columns.start..], depth_stride: self.outputs, group_stride: WIDTH },
            start: Start::Zero,
            out: sums.as_flattened_mut(),
            out_stride: COLUMNS,
        });
        rows
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
fn transpose_lanes<L: Lanes>(rows: &[f32], outputs: usize, columns: core::ops::Range<usize>, panel: &mut [f32]) {
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
fn transpose(rows: &[f32], outputs: usize, columns: core::ops::Range<usize>, panel: &mut [f32]) {
    let panel = panel.as_chunks_mut::<PANEL>().0;
    for (row, weights) in rows.chunks_exact(outputs).enumerate() {
        for (place, &weight) in panel[columns.clone()].iter_mut().zip(&weights[columns.clone()]) {
            place[row] = weight;
        }
    }
}
