//! A block's update: the weights of one stripe are moved while the gradients of the next are summed.

use super::moving::{Moving, Place, Step};
use super::stripe::{COLUMNS, Stripe, stripes};
use super::transpose::transpose_lanes;
use super::{Block, Panel};
use crate::kernel::{Beside, Lanes, Left, Operation, Product, Right, Start, WIDTH};
use crate::network::{CacheLine, PANEL};
use crate::optimiser::Optimiser;

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
        let mut moving = Moving::new(rule, parameters.vectors(columns));
        let mut stripe = Stripe::default();
        for next in all {
            let [place, next_place] = [&stripe, &next].map(|stripe| Place::of(stripe, columns));
            let panel_of_next = panel.lines(&next, columns);
            let step = Step { moving: &mut moving, stripe: place, summed, next: next_place, panel_of_next };
            gradients.sum::<L, _>(&next, sums, step);
            moving.finish::<L>(place, summed, next_place);
            panel.copy::<L>(moving.weights(), columns, &stripe);
            stripe = next;
            core::mem::swap(&mut sums, &mut summed);
        }
        moving.finish::<L>(Place::of(&stripe, columns), summed, Place::default());
        panel.copy::<L>(moving.weights(), columns, &stripe);
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
            panel.copy::<L>(parameters.weights, columns, &stripe);
        }
    }
}

impl Panel<'_> {
    /// The transposed copy of a stripe, and what follows it, in a block with rows of `columns`.
    #[inline(always)]
    fn lines(&self, stripe: &Stripe, columns: usize) -> Option<&[f32]> {
        match self {
            Panel::Transposed(panels) => Some(&panels[stripe.rows.start * columns + stripe.columns.start * PANEL..]),
            // A copy of one row is written from end to end: the hardware foresees it.
            Panel::None | Panel::Same(_) => None,
        }
    }

    /// Writes a stripe of a block's `weights`, which have rows of `columns`, to their transposed copy.
    #[inline(always)]
    fn copy<L: Lanes>(&mut self, weights: &[f32], columns: usize, stripe: &Stripe) {
        let first = stripe.rows.start * columns;
        let rows = &weights[first..stripe.rows.end * columns];
        let within = stripe.columns.clone();
        match self {
            Panel::None => {}
            Panel::Transposed(panels) => transpose_lanes::<L>(rows, columns, within, &mut panels[first..]),
            Panel::Same(panel) => panel[within.clone()].copy_from_slice(&rows[within]),
        }
    }
}
