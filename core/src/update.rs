//! The second phase of a step: each block of rows sums its gradient over all samples and is updated at once.

use crate::kernel::{Beside, Isa, Lanes, Left, Operation, Product, Right, Start, WIDTH};
use crate::mlp::{Trace, take};
use crate::network::{CacheLine, Layer, Network, PANEL, layers, total_panels};
use crate::optimiser::Optimiser;
use core::ops::Range;

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
                let rows = PANEL * STRIPES.div_ceil(outputs.div_ceil(COLUMNS));
                for first in (0..inputs).step_by(rows) {
                    let rows = rows.min(inputs - first);
                    let left = Left::Columns { data: &x[first..], stride: inputs };
                    let parameters = parameters.take(rows * outputs);
                    let panel = Panel::Transposed(take(&mut panels, rows.next_multiple_of(PANEL) * outputs));
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

/// Stripes of a block.
const STRIPES: usize = match option_env!("STRIPES") { Some(s) => (s.as_bytes()[0]-b'0') as usize, None => 9 };

/// Columns of a stripe: a multiple of every tile's width.
const COLUMNS: usize = 48;

/// Up to sixteen rows of a block, which share a panel, and some of their columns: the gradients of one stripe are summed
/// while the weights of the stripe before are moved.
#[derive(Clone, Default)]
struct Stripe {
    rows: Range<usize>,
    columns: Range<usize>,
}

/// The stripes that cover a block, panel by panel.
fn stripes(rows: usize, columns: usize) -> impl Iterator<Item = Stripe> {
    (0..rows).step_by(PANEL).flat_map(move |row| {
        (0..columns).step_by(COLUMNS).map(move |column| Stripe {
            rows: row..rows.min(row + PANEL),
            columns: column..columns.min(column + COLUMNS),
        })
    })
}

/// The gradients of a stripe, `[rows][COLUMNS]`.
type Sums = [CacheLine; PANEL * COLUMNS / WIDTH];

struct Update<'a, 't, O, const MOMENTS: usize> {
    block: &'a mut Block<'t, MOMENTS>,
    rule: &'a O,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Operation for Update<'_, '_, O, MOMENTS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { block: Block { samples, columns, parameters, left, right, panel }, rule } = self;
        let mut buffers: [Sums; 2] = bytemuck::Zeroable::zeroed();
        let [mut sums, mut summed] = buffers.each_mut();
        let stripes = stripes(parameters.weights.len() / *columns, *columns);
        let mut moving = Moving { rule, columns: *columns, parameters, panel, moved: Walk::default(), next: Walk::default() };
        for stripe in stripes {
            moving.next = Walk::over(stripe.clone());
            L::multiply(Product {
                rows: stripe.rows.len(),
                depth: *samples,
                columns: stripe.columns.len(),
                left: left.from_row(stripe.rows.start),
                right: Right { data: &right[stripe.columns.start..], depth_stride: *columns, group_stride: WIDTH },
                start: Start::Zero,
                out: bytemuck::cast_slice_mut(sums),
                out_stride: COLUMNS,
                beside: While { moving: &mut moving, sums: bytemuck::cast_slice(summed) },
            });
            moving.finish::<L>(bytemuck::cast_slice(summed));
            moving.moved = Walk::over(stripe);
            core::mem::swap(&mut sums, &mut summed);
        }
        moving.finish::<L>(bytemuck::cast_slice(summed));
    }
}

struct While<'w, 'm, 't, O, const MOMENTS: usize> {
    moving: &'w mut Moving<'m, 't, O, MOMENTS>,
    sums: &'w [f32],
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Beside for While<'_, '_, '_, O, MOMENTS> {
    const BUSY: bool = true;

    #[inline(always)]
    fn step<L: Lanes>(&mut self) {
        self.moving.ask_for_next::<L>();
        if self.moving.moved.is_full() {
            self.moving.move_next::<L>(self.sums);
        }
    }
}

/// A stripe, vector by vector.
#[derive(Default)]
struct Walk {
    stripe: Stripe,
    row: usize,
    column: usize,
}

impl Walk {
    fn over(stripe: Stripe) -> Self {
        Self { row: stripe.rows.start, column: stripe.columns.start, stripe }
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.stripe.columns.len() % WIDTH == 0
    }

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, usize)> {
        if self.row >= self.stripe.rows.end {
            return None;
        }
        let at = (self.row, self.column);
        self.column += WIDTH;
        if self.column >= self.stripe.columns.end {
            self.row += 1;
            self.column = self.stripe.columns.start;
        }
        Some(at)
    }
}

/// Weights on their way.
struct Moving<'m, 't, O, const MOMENTS: usize> {
    rule: &'m O,
    columns: usize,
    parameters: &'m mut Parameters<'t, MOMENTS>,
    panel: &'m mut Panel<'t>,
    moved: Walk,
    next: Walk,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Moving<'_, '_, O, MOMENTS> {
    #[inline(always)]
    fn move_next<L: Lanes>(&mut self, sums: &[f32]) {
        let Some((row, column)) = self.moved.next() else { return };
        let Stripe { rows, columns } = &self.moved.stripe;
        let at = row * self.columns + column;
        let sums = lanes(sums, (row - rows.start) * COLUMNS + column - columns.start);
        let moments = self.parameters.moments.each_mut().map(|moment| lanes_mut(moment, at));
        optimise_lanes::<L, O, MOMENTS>(self.rule, lanes_mut(self.parameters.weights, at), sums, moments);
    }

    #[inline(always)]
    fn ask_for_next<L: Lanes>(&mut self) {
        let Some((row, column)) = self.next.next() else { return };
        let at = row * self.columns + column;
        L::prefetch(self.parameters.weights.as_ptr().wrapping_add(at));
        for moment in &self.parameters.moments {
            L::prefetch(moment.as_ptr().wrapping_add(at));
        }
        if let Panel::Transposed(panel) = &self.panel {
            let r = self.next.stripe.rows.start;
            L::prefetch(panel.as_ptr().wrapping_add(r * self.columns + (column + row - r) * PANEL));
        }
    }

    #[inline(always)]
    fn finish<L: Lanes>(&mut self, sums: &[f32]) {
        if self.moved.is_full() {
            while self.moved.row < self.moved.stripe.rows.end {
                self.move_next::<L>(sums);
            }
        } else {
            let Stripe { rows, columns } = self.moved.stripe.clone();
            for (row, sums) in rows.zip(sums.chunks_exact(COLUMNS)) {
                let at = row * self.columns + columns.start..row * self.columns + columns.end;
                let moments = self.parameters.moments.each_mut().map(|moment| &mut moment[at.clone()]);
                optimise::<L, O, MOMENTS>(self.rule, &mut self.parameters.weights[at], &sums[..columns.len()], moments);
            }
        }
        self.copy_weights::<L>();
    }

    /// Writes the moved weights to their transposed copy.
    #[inline(always)]
    fn copy_weights<L: Lanes>(&mut self) {
        let Stripe { rows, columns } = self.moved.stripe.clone();
        let weights = &self.parameters.weights[rows.start * self.columns..rows.end * self.columns];
        match &mut self.panel {
            Panel::None => {}
            Panel::Transposed(panel) => {
                let panel = &mut panel[rows.start * self.columns..];
                transpose_lanes::<L>(weights, self.columns, columns, panel)
            }
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
        // Not `from_fn`: what is not inlined is compiled without the instruction set.
        let mut block = [L::splat(0.0); WIDTH];
        for (row, lane) in block.iter_mut().enumerate() {
            *lane = L::load(lanes(rows, row * outputs + first));
        }
        let panel: &mut [f32; WIDTH * PANEL] = panel[first * PANEL..].first_chunk_mut().expect("a row for each column");
        for (row, column) in L::transposed(block).into_iter().enumerate() {
            column.store(lanes_mut(panel, row * PANEL));
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
