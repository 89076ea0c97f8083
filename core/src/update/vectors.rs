//! Weights moved sixteen at a time.

use crate::kernel::{Lanes, WIDTH};
use crate::optimiser::Optimiser;

use super::Parameters;

impl<const MOMENTS: usize> Parameters<'_, MOMENTS> {
    /// Moves the sixteen weights from `at` on.
    #[inline(always)]
    pub(super) fn move_vector<L: Lanes, O: Optimiser<MOMENTS>>(
        &mut self,
        rule: &O,
        at: usize,
        gradients: &[f32; WIDTH],
    ) {
        let mut values = [L::splat(0.0); MOMENTS];
        for (value, moment) in values.iter_mut().zip(&self.moments) {
            *value = L::load(lanes(moment, at));
        }
        let weights = lanes_mut(self.weights, at);
        rule.update(L::load(weights), L::load(gradients), &mut values).store(weights);
        for (value, moment) in values.into_iter().zip(&mut self.moments) {
            value.store(lanes_mut(moment, at));
        }
    }

    /// Moves as many weights from `at` on as there are `gradients`, which may be fewer than sixteen at the end.
    #[inline(always)]
    pub(super) fn move_row<L: Lanes, O: Optimiser<MOMENTS>>(&mut self, rule: &O, at: usize, gradients: &[f32]) {
        let (whole, rest) = gradients.as_chunks::<WIDTH>();
        for (vector, gradients) in whole.iter().enumerate() {
            self.move_vector::<L, O>(rule, at + vector * WIDTH, gradients);
        }
        if !rest.is_empty() {
            self.move_few::<L, O>(rule, at + whole.len() * WIDTH, rest);
        }
    }

    /// Moves fewer than sixteen weights, filled up with zeros.
    #[inline(always)]
    fn move_few<L: Lanes, O: Optimiser<MOMENTS>>(&mut self, rule: &O, at: usize, gradients: &[f32]) {
        let few = at..at + gradients.len();
        let filled = |from: &[f32]| {
            let mut to = [0.0; WIDTH];
            to[..from.len()].copy_from_slice(from);
            to
        };
        let mut weights = filled(&self.weights[few.clone()]);
        let mut moments = [[0.0; WIDTH]; MOMENTS];
        for (to, from) in moments.iter_mut().zip(&self.moments) {
            *to = filled(&from[few.clone()]);
        }
        let copies = Parameters { weights: &mut weights, moments: moments.each_mut().map(|moment| &mut moment[..]) };
        { copies }.move_vector::<L, O>(rule, 0, &filled(gradients));
        self.weights[few.clone()].copy_from_slice(&weights[..gradients.len()]);
        for (to, from) in self.moments.iter_mut().zip(&moments) {
            to[few.clone()].copy_from_slice(&from[..gradients.len()]);
        }
    }
}

/// Sixteen floats from `at` on.
///
/// # Panics
/// If there are fewer.
#[inline(always)]
pub(super) fn lanes(slice: &[f32], at: usize) -> &[f32; WIDTH] {
    slice[at..].first_chunk().expect("sixteen floats from a multiple of sixteen on")
}

/// [`lanes`] to be changed.
#[inline(always)]
pub(super) fn lanes_mut(slice: &mut [f32], at: usize) -> &mut [f32; WIDTH] {
    slice[at..].first_chunk_mut().expect("sixteen floats from a multiple of sixteen on")
}
