//! A block's update: the weights of one stripe are moved while the gradients of the next are summed.
//!
//! A processor divides and takes roots in other units than those that multiply and add, and it waits for memory in
//! none: so the moving is cut into vectors and those are spread evenly between the sums.

use super::stripe::{COLUMNS, Stripe, Vectors, stripes};
use super::transpose::transpose_lanes;
use super::vectors::lanes;
use super::{Block, Panel, Parameters};
use crate::kernel::{Beside, Lanes, Operation, Product, Right, Start, WIDTH};
use crate::network::{CacheLine, PANEL};
use crate::optimiser::Optimiser;

/// The gradients of a stripe, `[rows][COLUMNS]`.
type Sums = [CacheLine; PANEL * COLUMNS / WIDTH];

pub(super) struct Update<'a, 't, O, const MOMENTS: usize> {
    pub(super) block: &'a mut Block<'t, MOMENTS>,
    pub(super) rule: &'a O,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Operation for Update<'_, '_, O, MOMENTS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { block: Block { samples, columns, parameters, left, right, panel }, rule } = self;
        let mut buffers: [Sums; 2] = bytemuck::Zeroable::zeroed();
        let [mut sums, mut summed] = buffers.each_mut();
        let rows = parameters.weights.len() / *columns;
        let none = Vectors::default;
        let mut moving = Moving { rule, columns: *columns, parameters, panel, moved: none(), next: none() };
        for stripe in stripes(rows, *columns) {
            moving.next = Vectors::of(stripe.clone());
            L::multiply(Product {
                rows: stripe.rows.len(),
                depth: *samples,
                columns: stripe.columns.len(),
                left: left.from_row(stripe.rows.start),
                right: Right { data: &right[stripe.columns.start..], depth_stride: *columns, group_stride: WIDTH },
                start: Start::Zero,
                out: bytemuck::cast_slice_mut(sums),
                out_stride: COLUMNS,
                beside: Step { moving: &mut moving, summed: bytemuck::cast_slice(summed) },
            });
            moving.finish::<L>(bytemuck::cast_slice(summed));
            moving.moved = Vectors::of(stripe);
            core::mem::swap(&mut sums, &mut summed);
        }
        moving.finish::<L>(bytemuck::cast_slice(summed));
    }
}

/// Moves sixteen weights with gradients that are `summed`, and asks for sixteen whose gradients are being summed.
struct Step<'s, 'm, 't, O, const MOMENTS: usize> {
    moving: &'s mut Moving<'m, 't, O, MOMENTS>,
    summed: &'s [f32],
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Beside for Step<'_, '_, '_, O, MOMENTS> {
    const BUSY: bool = true;

    #[inline(always)]
    fn step<L: Lanes>(&mut self) {
        self.moving.ask_for_next::<L>();
        if self.moving.moved.are_whole() {
            self.moving.move_next::<L>(self.summed);
        }
    }
}

/// Two stripes of a block: the weights of one are moved, those of the next will be.
struct Moving<'m, 't, O, const MOMENTS: usize> {
    rule: &'m O,
    /// Length of a row of the parameters.
    columns: usize,
    parameters: &'m mut Parameters<'t, MOMENTS>,
    panel: &'m mut Panel<'t>,
    /// What is left to be moved.
    moved: Vectors,
    /// What is left to be asked for.
    next: Vectors,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Moving<'_, '_, O, MOMENTS> {
    /// Asks for sixteen weights, their moments, and a line of their panel, to be there when they are moved.
    #[inline(always)]
    fn ask_for_next<L: Lanes>(&mut self) {
        let Some((row, column)) = self.next.next() else { return };
        let at = row * self.columns + column;
        L::prefetch(self.parameters.weights.as_ptr().wrapping_add(at));
        for moment in &self.parameters.moments {
            L::prefetch(moment.as_ptr().wrapping_add(at));
        }
        if let Panel::Transposed(panels) = &self.panel {
            // Sixteen rows by sixteen columns fill sixteen lines, whichever of the two comes first.
            let first_row = self.next.stripe().rows.start;
            let line = first_row * self.columns + (column + row - first_row) * PANEL;
            L::prefetch(panels.as_ptr().wrapping_add(line));
        }
    }

    /// Moves the next sixteen weights, if any are left.
    #[inline(always)]
    fn move_next<L: Lanes>(&mut self, summed: &[f32]) -> bool {
        let Some((row, column)) = self.moved.next() else { return false };
        let Stripe { rows, columns } = self.moved.stripe();
        let gradients = lanes(summed, (row - rows.start) * COLUMNS + column - columns.start);
        self.parameters.move_vector::<L, O>(self.rule, row * self.columns + column, gradients);
        true
    }

    /// Moves what is left, and writes the stripe's weights to their transposed copy.
    #[inline(always)]
    fn finish<L: Lanes>(&mut self, summed: &[f32]) {
        if self.moved.are_whole() {
            while self.move_next::<L>(summed) {}
        } else {
            let Stripe { rows, columns } = self.moved.stripe().clone();
            for (row, gradients) in rows.zip(summed.chunks_exact(COLUMNS)) {
                let at = row * self.columns + columns.start;
                self.parameters.move_row::<L, O>(self.rule, at, &gradients[..columns.len()]);
            }
        }
        self.copy_weights::<L>();
    }

    #[inline(always)]
    fn copy_weights<L: Lanes>(&mut self) {
        let Stripe { rows, columns } = self.moved.stripe().clone();
        let panel = rows.start * self.columns;
        let weights = &self.parameters.weights[panel..rows.end * self.columns];
        match &mut self.panel {
            Panel::None => {}
            Panel::Transposed(panels) => {
                transpose_lanes::<L>(weights, self.columns, columns, &mut panels[panel..]);
            }
            Panel::Same(panel) => panel[columns.clone()].copy_from_slice(&weights[columns]),
        }
    }
}
