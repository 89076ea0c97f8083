//! Weights with their optimiser's moments, and their update in vectors of sixteen.

use crate::nn::kernel::{Lanes, WIDTH};
use crate::nn::memory::take;
use crate::train::optimiser::{Optimiser, Step};

/// Weights or biases, and their moments.
pub(super) struct Parameters<'t, const MOMENTS: usize> {
    pub(super) weights: &'t mut [f32],
    pub(super) moments: [&'t mut [f32]; MOMENTS],
}

impl<const MOMENTS: usize> Parameters<'_, MOMENTS> {
    /// Splits off the first `len`.
    ///
    /// # Panics
    /// If there are fewer.
    pub(super) fn take(&mut self, len: usize) -> Self {
        Self { weights: take(&mut self.weights, len), moments: self.moments.each_mut().map(|moment| take(moment, len)) }
    }

    /// The same as vectors. `columns`, the length of a row, is a multiple of [`WIDTH`].
    #[inline(always)]
    pub(super) fn vectors(&mut self, columns: usize) -> Vectors<'_, MOMENTS> {
        Vectors {
            weights: self.weights.as_chunks_mut().0,
            moments: self.moments.each_mut().map(|moment| moment.as_chunks_mut().0),
            per_row: columns / WIDTH,
        }
    }

    /// Updates the weights from `first` on by `gradient`, one element per weight.
    #[inline(always)]
    pub(super) fn update<L: Lanes, O: Optimiser<MOMENTS>>(&mut self, optimiser: &O, first: usize, gradient: &[f32]) {
        let (whole, rest) = gradient.as_chunks();
        let mut range = self.range(first, whole.len() * WIDTH);
        let mut vectors = range.vectors(WIDTH);
        for (vector, gradient) in whole.iter().enumerate() {
            vectors.update::<L, O>(optimiser, vector, L::load(gradient));
        }
        if !rest.is_empty() {
            self.range(first + whole.len() * WIDTH, rest.len()).update_padded::<L, O>(optimiser, rest);
        }
    }

    /// The `len` parameters from `first` on.
    #[inline(always)]
    fn range(&mut self, first: usize, len: usize) -> Parameters<'_, MOMENTS> {
        Parameters {
            weights: &mut self.weights[first..first + len],
            moments: self.moments.each_mut().map(|moment| &mut moment[first..first + len]),
        }
    }

    /// Updates fewer than [`WIDTH`] weights, padded with zeros to a vector.
    #[inline(always)]
    fn update_padded<L: Lanes, O: Optimiser<MOMENTS>>(self, optimiser: &O, gradient: &[f32]) {
        let padded = |from: &[f32]| {
            let mut to = [0.0; WIDTH];
            to[..from.len()].copy_from_slice(from);
            to
        };
        let mut weights = padded(self.weights);
        let mut moments = self.moments.each_ref().map(|moment| padded(moment));
        let mut copies =
            Parameters { weights: &mut weights, moments: moments.each_mut().map(|moment| &mut moment[..]) };
        copies.vectors(WIDTH).update::<L, O>(optimiser, 0, L::load(&padded(gradient)));
        self.weights.copy_from_slice(&weights[..gradient.len()]);
        for (to, from) in self.moments.into_iter().zip(&moments) {
            to.copy_from_slice(&from[..gradient.len()]);
        }
    }
}

/// The parameters of a block with rows of whole vectors.
pub(super) struct Vectors<'v, const MOMENTS: usize> {
    pub(super) weights: &'v mut [[f32; WIDTH]],
    moments: [&'v mut [[f32; WIDTH]]; MOMENTS],
    /// Vectors in a row.
    pub(super) per_row: usize,
}

impl<const MOMENTS: usize> Vectors<'_, MOMENTS> {
    /// Prefetches a vector of weights and its moments; `vector` may be out of range.
    #[inline(always)]
    pub(super) fn prefetch<L: Lanes>(&self, vector: usize) {
        L::prefetch_to_write(self.weights.as_ptr().wrapping_add(vector).cast());
        // Other cores have no copies of the moments that would have to be invalidated.
        for moment in &self.moments {
            L::prefetch(moment.as_ptr().wrapping_add(vector).cast());
        }
    }

    /// Updates the moments of a vector, and returns the step of its weights.
    #[inline(always)]
    pub(super) fn step<L: Lanes, O: Optimiser<MOMENTS>>(
        &mut self,
        optimiser: &O,
        vector: usize,
        gradient: L,
    ) -> Step<L> {
        let mut values = [L::splat(0.0); MOMENTS];
        for (value, moment) in values.iter_mut().zip(&self.moments) {
            *value = L::load(&moment[vector]);
        }
        let step = optimiser.step(gradient, &mut values);
        for (value, moment) in values.into_iter().zip(&mut self.moments) {
            value.store(&mut moment[vector]);
        }
        step
    }

    /// Updates the moments and the weights of a vector.
    #[inline(always)]
    pub(super) fn update<L: Lanes, O: Optimiser<MOMENTS>>(&mut self, optimiser: &O, vector: usize, gradient: L) {
        let step = self.step(optimiser, vector, gradient);
        step.apply(L::load(&self.weights[vector])).store(&mut self.weights[vector]);
    }
}
