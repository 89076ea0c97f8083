//! The samples of a batch on their way through one network.

use core::ops::Range;

use crate::nn::activations::Activations;
use crate::nn::kernel::Isa;
use crate::nn::memory::take;
use crate::nn::mlp;
use crate::nn::network::Network;
use crate::train::update::Trained;

/// The weights of a network during the first phase of a step, in which they do not change.
pub(super) struct Frozen<'a, N: Network> {
    pub(super) weights: &'a N,
    pub(super) transposed: &'a N::Transposed,
}

impl<'a, N: Network, const MOMENTS: usize> From<&'a Trained<N, MOMENTS>> for Frozen<'a, N> {
    fn from(network: &'a Trained<N, MOMENTS>) -> Self {
        Self { weights: &network.weights, transposed: network.transposed() }
    }
}

/// What the samples of a batch leave behind in a network: their activations and gradients, outputs and losses.
#[derive(Debug)]
pub(super) struct Pass<'m> {
    pub(super) activations: Activations<'m>,
    /// `[rows][outputs]`
    pub(super) outputs: &'m mut [f32],
    /// `[rows]`
    pub(super) losses: &'m mut [f32],
}

impl<'m> Pass<'m> {
    /// Floats that a sample takes.
    pub(super) const fn floats_per_row<N: Network>() -> usize {
        Activations::floats_per_row(N::LAYERS) + N::OUTPUTS + 1
    }

    /// Room for `rows` samples, cut from the front of `memory`.
    ///
    /// # Panics
    /// If `memory` is shorter than `rows * floats_per_row`.
    pub(super) fn carve<N: Network>(memory: &mut &'m mut [f32], rows: usize) -> Self {
        Self {
            activations: Activations::carve(memory, N::LAYERS, rows),
            outputs: take(memory, rows * N::OUTPUTS),
            losses: take(memory, rows),
        }
    }

    /// The same pass, borrowed for a shorter time.
    pub(super) fn reborrow(&mut self) -> Pass<'_> {
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
        mlp::backward::<N>(isa, network.transposed, &mut self.activations);
    }
}

/// The gradients with respect to the last layer's sums, `[rows][outputs]`.
pub(super) fn last_gradients<'a>(activations: &'a mut Activations<'_>) -> &'a mut [f32] {
    activations.gradients.last_mut().expect("a network has layers")
}

/// Cuts `rows` samples into `shards` ranges of almost equal length.
pub(super) fn shard_ranges(rows: usize, shards: usize) -> impl Iterator<Item = Range<usize>> {
    (0..shards).map(move |shard| shard * rows / shards..(shard + 1) * rows / shards)
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
