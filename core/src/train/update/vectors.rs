//! Weights moved sixteen at a time.

use crate::nn::kernel::{Lanes, WIDTH};
use crate::train::optimiser::{Move, Optimiser};

use super::Parameters;

/// The parameters of a block whose rows are whole vectors.
pub(super) struct Vectors<'v, const MOMENTS: usize> {
    pub(super) weights: &'v mut [[f32; WIDTH]],
    moments: [&'v mut [[f32; WIDTH]]; MOMENTS],
    /// Vectors in a row.
    pub(super) in_row: usize,
}

impl<const MOMENTS: usize> Vectors<'_, MOMENTS> {
    /// Asks for a vector and its moments, to be there when they are moved.
    #[inline(always)]
    pub(super) fn ask_for<L: Lanes>(&self, vector: usize) {
        L::prefetch_to_write(self.weights.as_ptr().wrapping_add(vector).cast());
        // No other core reads moments: they are as they were left.
        for moment in &self.moments {
            L::prefetch(moment.as_ptr().wrapping_add(vector).cast());
        }
    }

    /// Moves the moments of a vector, and says how its weights are to move.
    #[inline(always)]
    pub(super) fn propose<L: Lanes, O: Optimiser<MOMENTS>>(
        &mut self,
        rule: &O,
        vector: usize,
        gradients: L,
    ) -> Move<L> {
        let mut values = [L::splat(0.0); MOMENTS];
        for (value, moment) in values.iter_mut().zip(&self.moments) {
            *value = L::load(&moment[vector]);
        }
        let moves = rule.propose(gradients, &mut values);
        for (value, moment) in values.into_iter().zip(&mut self.moments) {
            value.store(&mut moment[vector]);
        }
        moves
    }

    /// Moves the moments of a vector, and says which weights it is to have.
    #[inline(always)]
    pub(super) fn moved<L: Lanes, O: Optimiser<MOMENTS>>(&mut self, rule: &O, vector: usize, gradients: L) -> L {
        let moves = self.propose(rule, vector, gradients);
        moves.of(L::load(&self.weights[vector]))
    }

    /// Moves a vector.
    #[inline(always)]
    pub(super) fn move_one<L: Lanes, O: Optimiser<MOMENTS>>(
        &mut self,
        rule: &O,
        vector: usize,
        gradients: &[f32; WIDTH],
    ) {
        self.moved(rule, vector, L::load(gradients)).store(&mut self.weights[vector]);
    }
}

impl<const MOMENTS: usize> Parameters<'_, MOMENTS> {
    /// The same as vectors. `columns`, the length of a row, is a multiple of sixteen.
    #[inline(always)]
    pub(super) fn vectors(&mut self, columns: usize) -> Vectors<'_, MOMENTS> {
        Vectors {
            weights: self.weights.as_chunks_mut().0,
            moments: self.moments.each_mut().map(|moment| moment.as_chunks_mut().0),
            in_row: columns / WIDTH,
        }
    }

    /// Moves as many weights from `at` on as there are `gradients`.
    #[inline(always)]
    pub(super) fn move_row<L: Lanes, O: Optimiser<MOMENTS>>(&mut self, rule: &O, at: usize, gradients: &[f32]) {
        let (whole, rest) = gradients.as_chunks();
        let mut part = self.part(at, whole.len() * WIDTH);
        let mut vectors = part.vectors(WIDTH);
        for (vector, gradients) in whole.iter().enumerate() {
            vectors.move_one::<L, O>(rule, vector, gradients);
        }
        if !rest.is_empty() {
            self.part(at + whole.len() * WIDTH, rest.len()).move_few::<L, O>(rule, rest);
        }
    }

    /// The `len` parameters from `at` on.
    #[inline(always)]
    fn part(&mut self, at: usize, len: usize) -> Parameters<'_, MOMENTS> {
        Parameters {
            weights: &mut self.weights[at..at + len],
            moments: self.moments.each_mut().map(|moment| &mut moment[at..at + len]),
        }
    }

    /// Moves fewer than sixteen weights, filled up with zeros.
    #[inline(always)]
    fn move_few<L: Lanes, O: Optimiser<MOMENTS>>(self, rule: &O, gradients: &[f32]) {
        let filled = |from: &[f32]| {
            let mut to = [0.0; WIDTH];
            to[..from.len()].copy_from_slice(from);
            to
        };
        let mut weights = filled(self.weights);
        let mut moments = self.moments.each_ref().map(|moment| filled(moment));
        let mut copies =
            Parameters { weights: &mut weights, moments: moments.each_mut().map(|moment| &mut moment[..]) };
        copies.vectors(WIDTH).move_one::<L, O>(rule, 0, &filled(gradients));
        self.weights.copy_from_slice(&weights[..gradients.len()]);
        for (to, from) in self.moments.into_iter().zip(&moments) {
            to.copy_from_slice(&from[..gradients.len()]);
        }
    }
}
