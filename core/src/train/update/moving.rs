//! The weights of a stripe, moved beside the sums of the next.
//!
//! A processor divides and takes roots in other units than those that multiply and add, and it waits for memory in
//! none: so the moving is cut into vectors and those are spread evenly between the sums. A vector takes two of these
//! places: in the first its moments move and roots are taken, in the next it is divided. A processor goes on with only
//! so many operations behind one that takes long; for a whole move at once the sums would have to wait.
//!
//! The transposed copy is written when all weights of the stripe have moved.

use core::ops::Range;

use super::Panel;
use super::stripe::Stripe;
use super::summing::{Sums, VECTORS, first_line};
use super::transpose::Rows;
use super::vectors::Vectors;
use crate::nn::kernel::{Beside, Lanes, WIDTH};
use crate::nn::network::{CacheLine, PANEL};
use crate::train::optimiser::{Move, Optimiser};

/// Where a stripe is in its block.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// Its first vector, among those of the block.
    first: usize,
    rows: usize,
    /// Vectors in each of its rows.
    width: usize,
    /// The first line of its transposed copy.
    line: usize,
}

impl Place {
    pub(super) fn of(stripe: &Stripe, columns: usize) -> Self {
        let first = (stripe.rows.start * columns + stripe.columns.start) / WIDTH;
        let (rows, width) = (stripe.rows.len(), stripe.columns.len() / WIDTH);
        Self { first, rows, width, line: first_line(stripe, columns) }
    }

    #[inline(always)]
    fn has(&self, row: usize, column: usize) -> bool {
        row < self.rows && column < self.width
    }
}

/// What is done beside the sums of the `next` stripe: the weights of the one that is summed move.
pub(super) struct Step<'s, 'v, 't, O, const MOMENTS: usize> {
    pub(super) moving: &'s mut Moving<'v, 't, O, MOMENTS>,
    pub(super) stripe: Place,
    /// Its gradients.
    pub(super) summed: &'s Sums,
    pub(super) next: Place,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Beside for Step<'_, '_, '_, O, MOMENTS> {
    const BUSY: bool = true;

    #[inline(always)]
    fn step<L: Lanes>(&mut self, rows: Range<usize>, column: usize) {
        let column = column / WIDTH;
        self.moving.divide::<L>();
        for (row, begun) in rows.clone().zip(0..) {
            if self.stripe.has(row, column) {
                self.moving.begin::<L>(self.stripe, row, column, self.summed, begun);
            }
        }
        for row in rows {
            self.moving.ask_for::<L>(self.next, row, column);
        }
    }
}

/// Most rows that an instruction set has in a step.
const MAX_BESIDE: usize = 3;

/// The weights of a block on their way.
pub(super) struct Moving<'v, 't, O, const MOMENTS: usize> {
    rule: &'v O,
    vectors: Vectors<'v, MOMENTS>,
    panel: &'v mut Panel<'t>,
    begun: [Begun; MAX_BESIDE],
}

/// Sixteen weights whose moments have moved.
struct Begun {
    /// Which of the block's vectors.
    vector: usize,
    numerators: CacheLine,
    denominators: CacheLine,
}

impl Begun {
    /// No block has so many vectors.
    const NONE: Self =
        Self { vector: usize::MAX, numerators: CacheLine([0.0; WIDTH]), denominators: CacheLine([0.0; WIDTH]) };
}

/// The place of a vector in the sums of its stripe.
#[inline(always)]
fn slot(row: usize, column: usize) -> usize {
    row * VECTORS + column
}

impl<'v, 't, O: Optimiser<MOMENTS>, const MOMENTS: usize> Moving<'v, 't, O, MOMENTS> {
    pub(super) fn new(rule: &'v O, vectors: Vectors<'v, MOMENTS>, panel: &'v mut Panel<'t>) -> Self {
        Self { rule, vectors, panel, begun: [Begun::NONE; MAX_BESIDE] }
    }

    /// The number of a stripe's vector in its block.
    #[inline(always)]
    fn vector(&self, stripe: Place, row: usize, column: usize) -> usize {
        stripe.first + row * self.vectors.in_row + column
    }

    /// Asks for what is read and written when a vector of `stripe` moves.
    #[inline(always)]
    fn ask_for<L: Lanes>(&self, stripe: Place, row: usize, column: usize) {
        self.vectors.ask_for::<L>(self.vector(stripe, row, column));
        // Sixteen rows by sixteen columns fill sixteen lines, whichever of the two comes first.
        self.panel.ask_for::<L>(stripe.line + column * PANEL + row);
    }

    /// Moves the moments of a vector, in place number `place` of those that can be begun at a time.
    #[inline(always)]
    fn begin<L: Lanes>(&mut self, stripe: Place, row: usize, column: usize, summed: &Sums, place: usize) {
        let vector = self.vector(stripe, row, column);
        let gradients = L::load(&summed[slot(row, column)].0);
        let Move { numerators, denominators } = self.vectors.propose(self.rule, vector, gradients);
        let begun = &mut self.begun[place];
        begun.vector = vector;
        numerators.store(&mut begun.numerators.0);
        denominators.store(&mut begun.denominators.0);
    }

    /// Moves the weights of the vectors that were begun.
    #[inline(always)]
    fn divide<L: Lanes>(&mut self) {
        const { assert!(L::BESIDE <= MAX_BESIDE, "a step has more rows than can be begun at a time") };
        for begun in &mut self.begun[..L::BESIDE] {
            let vector = core::mem::replace(&mut begun.vector, usize::MAX);
            if let Some(weights) = self.vectors.weights.get(vector) {
                let (numerators, denominators) = (L::load(&begun.numerators.0), L::load(&begun.denominators.0));
                let moved = Move { numerators, denominators }.of(L::load(weights));
                moved.store(&mut self.vectors.weights[vector]);
            }
        }
    }

    /// Moves the weights of `stripe` that had no place beside the sums of the `next`, and writes what is left to write.
    #[inline(always)]
    pub(super) fn finish<L: Lanes>(&mut self, stripe: Place, summed: &Sums, next: Place) {
        self.divide::<L>();
        for row in 0..stripe.rows {
            let moved = if row < next.rows { next.width } else { 0 };
            for column in moved..stripe.width {
                let vector = self.vector(stripe, row, column);
                let moved = self.vectors.moved(self.rule, vector, L::load(&summed[slot(row, column)].0));
                moved.store(&mut self.vectors.weights[vector]);
            }
        }
        self.write::<L>(stripe);
    }

    /// Writes the new weights of a stripe to their transposed copy.
    #[inline(always)]
    fn write<L: Lanes>(&mut self, stripe: Place) {
        let numbers = &self.vectors.weights.as_flattened()[stripe.first * WIDTH..];
        let rows = Rows { numbers, stride: self.vectors.in_row * WIDTH, count: stripe.rows };
        self.panel.write::<L>(rows, stripe.line, stripe.width * WIDTH);
    }
}
