//! The first phase of a step is done in shards of the batch, each forward and backward through both networks.

use super::batch::GanBatch;
use super::objective::Objective;
use super::penalty;
use super::workspace::{Scored, Workspace};
use crate::nn::activation::Activation;
use crate::nn::activations::Activations;
use crate::nn::bf16_mlp::Passing;
use crate::nn::memory::take;
use crate::nn::network::{Layer, Network};
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

/// Floats of scratch memory for a sample: in f32 for the penalties, in bfloat16 for the pass through a network.
pub(super) const fn scratch_floats<G: Network, D: Network, E: Precision>() -> usize {
    if E::PAIRS { Passing::floats_per_row(widest::<G, D>()) } else { penalty::floats_per_row::<D>() }
}

/// Inputs or outputs of the widest layer of both networks.
pub(super) const fn widest<G: Network, D: Network>() -> usize {
    let (of_g, of_d) = (widest_of(G::LAYERS), widest_of(D::LAYERS));
    if of_g > of_d { of_g } else { of_d }
}

const fn widest_of(layers: &[Layer]) -> usize {
    let (mut width, mut i) = (0, 0);
    while i < layers.len() {
        let Layer { inputs, outputs, .. } = layers[i];
        let wider = if inputs > outputs { inputs } else { outputs };
        width = if wider > width { wider } else { width };
        i += 1;
    }
    width
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
