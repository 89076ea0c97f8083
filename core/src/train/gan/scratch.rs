//! How much memory the shards need that nothing after them reads.

use super::penalty;
use crate::nn::bf16_mlp::Passing;
use crate::nn::network::{Layer, Network};
use crate::nn::precision::Precision;

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
