//! The samples of a batch on their way through one network.

use core::ops::Range;

use crate::nn::activations::Activations;
use crate::nn::kernel::{Element, Isa};
use crate::nn::memory::take;
use crate::nn::mlp;
use crate::nn::network::Network;
use crate::nn::precision::Precision;
use crate::train::update::Trained;

/// The weights of a network during the first phase of a step, in which they do not change.
#[derive(Debug)]
pub(super) struct Frozen<'a, N: Network> {
    pub(super) weights: &'a N,
    pub(super) copies: &'a N::Copies,
}

impl<'a, N: Network, const MOMENTS: usize, E: Precision> From<&'a Trained<N, MOMENTS, E>> for Frozen<'a, N> {
    fn from(network: &'a Trained<N, MOMENTS, E>) -> Self {
        Self { weights: &network.weights, copies: network.copies() }
    }
}

/// What the samples of a batch leave behind in a network: their activations and gradients, outputs and losses.
#[derive(Debug)]
pub(super) struct Pass<'m, E = f32> {
    pub(super) activations: Activations<'m, E>,
    /// `[rows][outputs]`
    pub(super) outputs: &'m mut [f32],
    /// `[rows]`
    pub(super) losses: &'m mut [f32],
}

impl<'m, E: Element> Pass<'m, E> {
    /// Floats that `rows` samples take.
    pub(super) const fn floats<N: Network>(rows: usize) -> usize {
        Activations::<E>::floats(N::LAYERS, rows) + rows * (N::OUTPUTS + 1)
    }

    /// Room for `rows` samples, cut from the front of `memory`.
    ///
    /// # Panics
    /// If `memory` is shorter than [`Pass::floats`] says.
    pub(super) fn carve<N: Network>(memory: &mut &'m mut [f32], rows: usize) -> Self {
        Self {
            activations: Activations::carve(memory, N::LAYERS, rows),
            outputs: take(memory, rows * N::OUTPUTS),
            losses: take(memory, rows),
        }
    }

    /// The same pass, borrowed for a shorter time.
    pub(super) fn reborrow(&mut self) -> Pass<'_, E> {
        Pass { activations: self.activations.reborrow(), outputs: &mut *self.outputs, losses: &mut *self.losses }
    }

    /// Cuts off the first `rows` samples.
    pub(super) fn take_rows(&mut self, rows: usize) -> Self {
        let outputs = self.outputs.len().checked_div(self.activations.rows).unwrap_or(0);
        Self {
            activations: self.activations.take_rows(rows),
            outputs: take(&mut self.outputs, rows * outputs),
            losses: take(&mut self.losses, rows),
        }
    }
}

impl Pass<'_> {
    /// The inputs of the samples, `[rows][inputs]`.
    pub(super) fn inputs(&mut self) -> &mut [f32] {
        self.activations.inputs[0]
    }

    /// Carries the inputs through `network` to the outputs.
    pub(super) fn forward<N: Network>(&mut self, isa: Isa, network: &Frozen<'_, N>) {
        mlp::forward(isa, network.weights, &mut self.activations, self.outputs);
    }

    /// Carries the gradients of the last layer's sums back to those of all layers before.
    pub(super) fn backward<N: Network>(&mut self, isa: Isa, network: &Frozen<'_, N>) {
        mlp::backward::<N>(isa, network.copies, &mut self.activations);
    }
}

/// The gradients with respect to the last layer's sums, `[rows / DEPTH][outputs]`.
pub(super) fn last_gradients<'a, E>(activations: &'a mut Activations<'_, E>) -> &'a mut [E] {
    activations.gradients.last_mut().expect("a network has layers")
}

/// Cuts `rows` samples into `shards` ranges of almost equal length.
pub(super) fn shard_ranges(rows: usize, shards: usize) -> impl Iterator<Item = Range<usize>> {
    (0..shards).map(move |shard| shard * rows / shards..(shard + 1) * rows / shards)
}

/// [`shard_ranges`] that begin at multiples of [`Element::DEPTH`], so that no element is in two of them.
pub(super) fn element_ranges<E: Element>(rows: usize, shards: usize) -> impl Iterator<Item = Range<usize>> {
    let ranges = shard_ranges(rows.div_ceil(E::DEPTH), shards);
    ranges.map(move |range| range.start * E::DEPTH..rows.min(range.end * E::DEPTH))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    #[test]
    fn shards_cover_all_rows_once_and_differ_by_at_most_one() {
        for (rows, shards) in [(256, 4), (13, 5), (3, 3), (7, 1)] {
            let ranges: Vec<_> = shard_ranges(rows, shards).collect();
            assert_eq!(ranges.len(), shards);
            assert!(ranges.iter().cloned().flatten().eq(0..rows), "{ranges:?}");
            assert!(ranges.iter().all(|range| range.len() - rows / shards <= 1), "{ranges:?}");
        }
    }
}
