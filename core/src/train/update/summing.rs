//! A block's update: the weights of one stripe are moved while the gradients of the next are summed.

use super::moving::{Moving, Place, Step};
use super::stripe::{COLUMNS, Stripe, stripes};
use super::transpose::{Rows, transpose_lanes};
use super::{Block, Panel};
use crate::nn::kernel::{Beside, Lanes, Left, Operation, Product, Right, Start, WIDTH};
use crate::nn::network::{CacheLine, PANEL};
use crate::train::optimiser::Optimiser;

/// Vectors in a row of a stripe.
pub(super) const VECTORS: usize = COLUMNS / WIDTH;

/// The gradients of a stripe: `[rows][VECTORS]` vectors.
pub(super) type Sums = [CacheLine; PANEL * VECTORS];

/// The gradients of a block's `[rows][columns]` parameters: `left · right`, summed over the samples.
#[derive(Clone, Copy)]
pub(super) struct Gradients<'t> {
    pub(super) samples: usize,
    pub(super) columns: usize,
    pub(super) left: Left<'t>,
    /// `[samples][columns]`
    pub(super) right: &'t [f32],
}

impl Gradients<'_> {
    /// Sums those of a stripe.
    #[inline(always)]
    fn sum<L: Lanes, W: Beside>(&self, stripe: &Stripe, sums: &mut Sums, beside: W) {
        L::multiply(Product {
            rows: stripe.rows.len(),
            depth: self.samples,
            columns: stripe.columns.len(),
            left: self.left.from_row(stripe.rows.start),
            right: Right { data: &self.right[stripe.columns.start..], depth_stride: self.columns, group_stride: WIDTH },
            start: Start::Zero,
            out: bytemuck::cast_slice_mut(sums),
            out_stride: COLUMNS,
            beside,
        });
    }
}

/// A block is updated by a rule.
pub(super) struct Update<'a, 't, O, const MOMENTS: usize> {
    pub(super) block: &'a mut Block<'t, MOMENTS>,
    pub(super) rule: &'a O,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Operation for Update<'_, '_, O, MOMENTS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        if self.block.gradients.columns.is_multiple_of(WIDTH) {
            self.beside_the_sums::<L>();
        } else {
            self.after_the_sums::<L>();
        }
    }
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Update<'_, '_, O, MOMENTS> {
    #[inline(always)]
    fn beside_the_sums<L: Lanes>(self) {
        let Self { block: Block { gradients, parameters, panel }, rule } = self;
        let columns = gradients.columns;
        let mut buffers: [Sums; 2] = bytemuck::Zeroable::zeroed();
        let [mut sums, mut summed] = buffers.each_mut();
        let all = stripes(parameters.weights.len() / columns, columns);
        let mut moving = Moving::new(rule, parameters.vectors(columns), panel);
        let mut place = Place::default();
        for stripe in all {
            let next = Place::of(&stripe, columns);
            gradients.sum::<L, _>(&stripe, sums, Step { moving: &mut moving, stripe: place, summed, next });
            moving.finish::<L>(place, summed, next);
            place = next;
            core::mem::swap(&mut sums, &mut summed);
        }
        moving.finish::<L>(place, summed, Place::default());
    }

    /// Where rows are not whole vectors: of the generator's weights those of the first layer, a thirtieth of all.
    #[inline(always)]
    fn after_the_sums<L: Lanes>(self) {
        let Self { block: Block { gradients, parameters, panel }, rule } = self;
        let columns = gradients.columns;
        let mut sums: Sums = bytemuck::Zeroable::zeroed();
        for stripe in stripes(parameters.weights.len() / columns, columns) {
            gradients.sum::<L, _>(&stripe, &mut sums, ());
            for (row, sums) in stripe.rows.clone().zip(sums.chunks_exact(VECTORS)) {
                let at = row * columns + stripe.columns.start;
                parameters.move_row::<L, O>(rule, at, &bytemuck::cast_slice(sums)[..stripe.columns.len()]);
            }
            let numbers = &parameters.weights[stripe.rows.start * columns + stripe.columns.start..];
            let rows = Rows { numbers, stride: columns, count: stripe.rows.len() };
            panel.write::<L>(rows, first_line(&stripe, columns), stripe.columns.len());
        }
    }
}

/// The line with which the transposed copy of a stripe begins, in the panel of its block with rows of `columns`.
pub(super) fn first_line(stripe: &Stripe, columns: usize) -> usize {
    stripe.rows.start / PANEL * columns + stripe.columns.start
}

impl Panel<'_> {
    /// Asks for the line of `place` to be written; `place` may be beyond the end.
    #[inline(always)]
    pub(super) fn ask_for<L: Lanes>(&self, place: usize) {
        // A copy of one row is written from end to end: the hardware foresees it.
        if let Panel::Transposed(lines) = self {
            L::prefetch_to_write(lines.as_ptr().wrapping_add(place).cast());
        }
    }

    /// Writes the transposed copy of `columns` columns of `rows`, which begins with line number `first`.
    #[inline(always)]
    pub(super) fn write<L: Lanes>(&mut self, rows: Rows<'_>, first: usize, columns: usize) {
        match self {
            Panel::None => {}
            Panel::Transposed(lines) => transpose_lanes::<L>(rows, &mut lines[first..][..columns]),
            Panel::Same(lines) => {
                bytemuck::cast_slice_mut(lines)[first..][..columns].copy_from_slice(&rows.numbers[..columns]);
            }
        }
    }
}
