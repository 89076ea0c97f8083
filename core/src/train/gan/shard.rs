//! The first phase of a step is done in shards of the batch, each forward and backward through both networks.

use super::batch::GanBatch;
use super::objective::Objective;
use super::scratch::scratch_floats;
use super::workspace::{Scored, Workspace};
use crate::nn::activation::Activation;
use crate::nn::activations::Activations;
use crate::nn::memory::take;
use crate::nn::network::Network;
use crate::nn::precision::Precision;
use crate::train::execution::{Phase, Plan, TaskExecutor};
use crate::train::pass::{Frozen, element_ranges};

/// A precision in which shards are computed.
pub trait ShardPrecision: Precision {
    /// Computes a shard.
    fn run<G: Network, D: Network, B: GanBatch, X: TaskExecutor>(
        shard: Shard<'_, Self>,
        shared: &Shared<'_, G, D, B, X>,
    );
}

/// A part of the batch with its part of the workspace.
#[derive(Debug)]
pub struct Shard<'w, E> {
    pub(super) first_fake: usize,
    pub(super) first_real: usize,
    pub(super) generator: Activations<'w, E>,
    pub(super) fakes: Scored<'w, E>,
    pub(super) reals: Scored<'w, E>,
    /// [`scratch_floats`] for each fake and each real image.
    pub(super) scratch: &'w mut [f32],
}

/// Cuts `fakes` and `reals` each into `count` parts of almost equal size.
pub(super) fn cut_shards<'w, G: Network, D: Network, E: Precision>(
    workspace: &'w mut Workspace<'_, G, D, E>,
    count: usize,
    fakes: usize,
    reals: usize,
) -> impl Iterator<Item = Shard<'w, E>> {
    // Each shard has fakes, in whose memory the penalty on its real images is computed.
    let count = count.min(fakes.div_ceil(E::DEPTH));
    let mut generator = workspace.generator.reborrow();
    let mut scored = workspace.discriminator.reborrow();
    let mut drawn = scored.take_rows(fakes);
    let mut scratch = &mut *workspace.scratch;
    let ranges = element_ranges::<E>(fakes, count).zip(element_ranges::<E>(reals, count));
    ranges.map(move |(fake_rows, real_rows)| Shard {
        first_fake: fake_rows.start,
        first_real: real_rows.start,
        generator: generator.take_rows(fake_rows.len()),
        scratch: take(&mut scratch, (fake_rows.len() + real_rows.len()) * scratch_floats::<G, D, E>()),
        fakes: drawn.take_rows(fake_rows.len()),
        reals: scored.take_rows(real_rows.len()),
    })
}

/// What all shards of a step share.
#[derive(Debug)]
pub struct Shared<'s, G: Network, D: Network, B, X> {
    pub(super) generator: Frozen<'s, G>,
    pub(super) discriminator: Frozen<'s, D>,
    pub(super) batch: &'s B,
    pub(super) plan: &'s Plan<'s, X>,
    pub(super) objective: Objective,
    pub(super) r1: f32,
    pub(super) r2: f32,
}

impl<G: Network, D: Network, B, X: TaskExecutor> Shared<'_, G, D, B, X> {
    pub(super) fn enter(&self, phase: Phase) {
        self.plan.executor.enter(phase);
    }
}

/// The activation of the last layer of `G`.
pub(super) const fn last_activation<G: Network>() -> Activation {
    G::LAYERS[G::LAYERS.len() - 1].activation
}
