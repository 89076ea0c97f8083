//! The weights of a stripe, moved beside the sums of the next.
//!
//! A processor divides and takes roots in other units than those that multiply and add, and it waits for memory in
//! none: so the moving is cut into vectors and those are spread evenly between the sums. A vector takes two of these
//! places: in the first its moments move and roots are taken, in the next it is divided. A processor goes on with only
//! so many operations behind one that takes long; for a whole move at once the sums would have to wait.
//!
//! The transposed copy is written when all weights of the stripe have moved. Those that are to go past the caches, which
//! would forget them, take the places of their gradients until then.

use core::ops::Range;

use super::stripe::{COLUMNS, Stripe};
use super::summing::{Sums, VECTORS, first_line};
use super::transpose::Rows;
use super::vectors::Vectors;
use super::{Destination, Panel};
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
    /// Its gradients, which its new weights replace.
    pub(super) summed: &'s mut Sums,
    pub(super) next: Place,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Beside for Step<'_, '_, '_, O, MOMENTS> {
    const BUSY: bool = true;

    #[inline(always)]
    fn step<L: Lanes>(&mut self, rows: Range<usize>, column: usize) {
        let column = column / WIDTH;
        self.moving.divide::<L>(self.summed);
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
    to: Destination,
    begun: [Begun; MAX_BESIDE],
}

/// Sixteen weights whose moments have moved.
struct Begun {
    /// Which of the block's vectors.
    vector: usize,
    /// Its place in the sums of the stripe.
    slot: usize,
    numerators: CacheLine,
    denominators: CacheLine,
}

impl Begun {
    /// No block has so many vectors.
    const NONE: Self = Self {
        vector: usize::MAX,
        slot: 0,
        numerators: CacheLine([0.0; WIDTH]),
        denominators: CacheLine([0.0; WIDTH]),
    };
}

/// The place of a vector in the sums of its stripe.
#[inline(always)]
fn slot(row: usize, column: usize) -> usize {
    row * VECTORS + column
}

impl<'v, 't, O: Optimiser<MOMENTS>, const MOMENTS: usize> Moving<'v, 't, O, MOMENTS> {
    pub(super) fn new(rule: &'v O, vectors: Vectors<'v, MOMENTS>, panel: &'v mut Panel<'t>, to: Destination) -> Self {
        Self { rule, vectors, panel, to, begun: [Begun::NONE; MAX_BESIDE] }
    }

    /// The number of a stripe's vector in its block.
    #[inline(always)]
    fn vector(&self, stripe: Place, row: usize, column: usize) -> usize {
        stripe.first + row * self.vectors.in_row + column
    }

    /// Asks for what is read and written when a vector of `stripe` moves.
    #[inline(always)]
    fn ask_for<L: Lanes>(&self, stripe: Place, row: usize, column: usize) {
        self.vectors.ask_for::<L>(self.vector(stripe, row, column), self.to);
        if self.to == Destination::Cache {
            // Sixteen rows by sixteen columns fill sixteen lines, whichever of the two comes first.
            self.panel.ask_for::<L>(stripe.line + column * PANEL + row);
        }
    }

    /// Moves the moments of a vector, in place number `place` of those that can be begun at a time.
    #[inline(always)]
    fn begin<L: Lanes>(&mut self, stripe: Place, row: usize, column: usize, summed: &Sums, place: usize) {
        let (vector, slot) = (self.vector(stripe, row, column), slot(row, column));
        let Move { numerators, denominators } = self.vectors.propose(self.rule, vector, L::load(&summed[slot].0));
        let begun = &mut self.begun[place];
        (begun.vector, begun.slot) = (vector, slot);
        numerators.store(&mut begun.numerators.0);
        denominators.store(&mut begun.denominators.0);
    }

    /// Moves the weights of the vectors that were begun.
    #[inline(always)]
    fn divide<L: Lanes>(&mut self, summed: &mut Sums) {
        const { assert!(L::BESIDE <= MAX_BESIDE, "a step has more rows than can be begun at a time") };
        for begun in &mut self.begun[..L::BESIDE] {
            let vector = core::mem::replace(&mut begun.vector, usize::MAX);
            if let Some(weights) = self.vectors.weights.get(vector) {
                let (numerators, denominators) = (L::load(&begun.numerators.0), L::load(&begun.denominators.0));
                let moved = Move { numerators, denominators }.of(L::load(weights));
                self.vectors.put(moved, vector, self.to, &mut summed[begun.slot]);
            }
        }
    }

    /// Moves the weights of `stripe` that had no place beside the sums of the `next`, and writes what is left to write.
    #[inline(always)]
    pub(super) fn finish<L: Lanes>(&mut self, stripe: Place, summed: &mut Sums, next: Place) {
        self.divide::<L>(summed);
        for row in 0..stripe.rows {
            let moved = if row < next.rows { next.width } else { 0 };
            for column in moved..stripe.width {
                let (vector, slot) = (self.vector(stripe, row, column), slot(row, column));
                let moved = self.vectors.moved(self.rule, vector, L::load(&summed[slot].0));
                self.vectors.put(moved, vector, self.to, &mut summed[slot]);
            }
        }
        self.write::<L>(stripe, summed);
    }

    /// Writes the new weights of a stripe to their transposed copy, and to the network if they are not there yet.
    #[inline(always)]
    fn write<L: Lanes>(&mut self, stripe: Place, moved: &Sums) {
        let (numbers, stride): (&[f32], _) = match self.to {
            Destination::Cache => {
                (&self.vectors.weights.as_flattened()[stripe.first * WIDTH..], self.vectors.in_row * WIDTH)
            }
            Destination::Memory => {
                self.stream::<L>(stripe, moved);
                (bytemuck::cast_slice(moved), COLUMNS)
            }
        };
        let rows = Rows { numbers, stride, count: stripe.rows };
        self.panel.write::<L>(rows, stripe.line, stripe.width * WIDTH, self.to);
    }

    /// Streams the new weights of a stripe.
    #[inline(always)]
    fn stream<L: Lanes>(&mut self, stripe: Place, moved: &Sums) {
        // A network begins on a cache line, and so does each of its rows that is whole vectors.
        let weights: &mut [CacheLine] = bytemuck::cast_slice_mut(self.vectors.weights);
        for (row, moved) in moved.chunks_exact(VECTORS).enumerate().take(stripe.rows) {
            let weights = &mut weights[stripe.first + row * self.vectors.in_row..][..stripe.width];
            for (to, moved) in weights.iter_mut().zip(moved) {
                L::load(&moved.0).stream(to);
            }
        }
    }
}
