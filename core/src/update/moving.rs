//! The weights of a stripe, moved beside the sums of the next.
//!
//! A processor divides and takes roots in other units than those that multiply and add, and it waits for memory in
//! none: so the moving is cut into vectors and those are spread evenly between the sums. A vector takes two of these
//! places: in the first its moments move and roots are taken, in the next it is divided. A processor goes on with only
//! so many operations behind one that takes long; for a whole move at once the sums would have to wait.

use core::ops::Range;

use super::stripe::Stripe;
use super::summing::{Sums, VECTORS};
use super::vectors::Vectors;
use crate::kernel::{Beside, Lanes, WIDTH};
use crate::network::{CacheLine, PANEL};
use crate::optimiser::{Move, Optimiser};

/// Where the vectors of a stripe are, among those of its block.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    first: usize,
    rows: usize,
    /// Vectors in each of its rows.
    width: usize,
}

impl Place {
    pub(super) fn of(stripe: &Stripe, columns: usize) -> Self {
        let first = (stripe.rows.start * columns + stripe.columns.start) / WIDTH;
        Self { first, rows: stripe.rows.len(), width: stripe.columns.len() / WIDTH }
    }

    #[inline(always)]
    fn has(&self, row: usize, column: usize) -> bool {
        row < self.rows && column < self.width
    }
}

/// What is done beside the sums of the `next` stripe: the weights of the one that is summed move.
pub(super) struct Step<'s, 'v, O, const MOMENTS: usize> {
    pub(super) moving: &'s mut Moving<'v, O, MOMENTS>,
    pub(super) stripe: Place,
    /// Its gradients.
    pub(super) summed: &'s Sums,
    pub(super) next: Place,
    /// The transposed copy of the next stripe, to be asked for.
    pub(super) panel_of_next: Option<&'s [f32]>,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Beside for Step<'_, '_, O, MOMENTS> {
    const BUSY: bool = true;

    #[inline(always)]
    fn step<L: Lanes>(&mut self, rows: Range<usize>, column: usize) {
        let column = column / WIDTH;
        self.moving.divide::<L>();
        for (row, begun) in rows.clone().zip(0..) {
            if self.stripe.has(row, column) {
                let vector = self.stripe.first + row * self.moving.vectors.in_row + column;
                self.moving.begin::<L>(vector, &self.summed[row * VECTORS + column].0, begun);
            }
        }
        for row in rows {
            self.moving.vectors.ask_for::<L>(self.next.first + row * self.moving.vectors.in_row + column);
            if let Some(panel) = self.panel_of_next {
                // Sixteen rows by sixteen columns fill sixteen lines, whichever of the two comes first.
                L::prefetch(panel.as_ptr().wrapping_add((column * PANEL + row) * PANEL));
            }
        }
    }
}

/// Most rows that an instruction set has in a step.
const MAX_BESIDE: usize = 3;

/// The weights of a block on their way.
pub(super) struct Moving<'v, O, const MOMENTS: usize> {
    rule: &'v O,
    vectors: Vectors<'v, MOMENTS>,
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

impl<'v, O: Optimiser<MOMENTS>, const MOMENTS: usize> Moving<'v, O, MOMENTS> {
    pub(super) fn new(rule: &'v O, vectors: Vectors<'v, MOMENTS>) -> Self {
        Self { rule, vectors, begun: [Begun::NONE; MAX_BESIDE] }
    }

    /// All weights of the block.
    pub(super) fn weights(&self) -> &[f32] {
        self.vectors.weights.as_flattened()
    }

    /// Moves the moments of a vector, in place number `place` of those that can be begun at a time.
    #[inline(always)]
    fn begin<L: Lanes>(&mut self, vector: usize, gradients: &[f32; WIDTH], place: usize) {
        let Move { numerators, denominators } = self.vectors.propose(self.rule, vector, L::load(gradients));
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
            if let Some(weights) = self.vectors.weights.get_mut(vector) {
                let (numerators, denominators) = (L::load(&begun.numerators.0), L::load(&begun.denominators.0));
                Move { numerators, denominators }.of(L::load(weights)).store(weights);
            }
        }
    }

    /// Moves the weights of `stripe` that had no place beside the sums of the `next`.
    #[inline(always)]
    pub(super) fn finish<L: Lanes>(&mut self, stripe: Place, summed: &Sums, next: Place) {
        self.divide::<L>();
        for row in 0..stripe.rows {
            let moved = if row < next.rows { next.width } else { 0 };
            for column in moved..stripe.width {
                let vector = stripe.first + row * self.vectors.in_row + column;
                self.vectors.move_one::<L, O>(self.rule, vector, &summed[row * VECTORS + column].0);
            }
        }
    }
}
