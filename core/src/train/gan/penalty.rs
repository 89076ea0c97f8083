//! The gradient penalties on real images and on fakes, R1 and R2 (Mescheder, Geiger and Nowozin 2018):
//! `weight / 2 · mean |dD/dx|²`.
//!
//! A leaky ReLU is linear on both sides of 0, so the backward pass through the discriminator is itself a linear network:
//! with v the gradient of a logit with respect to a layer's sums, the gradient with respect to its inputs is `u = W v`.
//! The penalty's gradient passes through that network in the other direction, from `a = u` of the first layer: each
//! kernel gets `weight a ⊗ v`, and the next layer `a W` times the slope of its leaky ReLU. The loss gives each kernel
//! `dlogit x ⊗ v`. Both have v on the right, so they are one product with `dlogit x + weight a` on the left, and the
//! update costs nothing more.

use crate::nn::activation;
use crate::nn::activations::Activations;
use crate::nn::kernel::Isa;
use crate::nn::memory::take;
use crate::nn::mlp;
use crate::nn::network::{Activation, Layer, LayerView, Network, PerLayer, layers};
use crate::train::pass::Frozen;

/// Whether the backward pass of `D` is a linear network.
pub(super) fn is_possible<D: Network>() -> bool {
    D::LAYERS.iter().all(|layer| matches!(layer.activation, Activation::Linear | Activation::LeakyRelu))
}

/// Floats that [`Penalty::add`] needs for a sample: `a` of each layer but the first.
pub(super) const fn floats_per_row<D: Network>() -> usize {
    let (mut total, mut i) = (0, 1);
    while i < D::LAYERS.len() {
        total += D::LAYERS[i].inputs;
        i += 1;
    }
    total
}

/// The penalty of some samples.
pub(super) struct Penalty<'a, D: Network> {
    pub(super) isa: Isa,
    pub(super) discriminator: &'a Frozen<'a, D>,
    /// Weight of the penalty in the loss, divided by the number of samples in its mean.
    pub(super) weight: f32,
}

impl<D: Network> Penalty<'_, D> {
    /// Turns the inputs x of each layer but the first into `dlogit x + weight a`. The gradients in `samples` are those of
    /// the logits; `u`, `[rows][inputs]`, is the one with respect to the inputs of the first layer, and `dlogits` those of
    /// the loss with respect to the logits. `scratch` has [`floats_per_row`] floats a sample.
    pub(super) fn add(&self, samples: &mut Activations<'_>, dlogits: &[f32], u: &[f32], mut scratch: &mut [f32]) {
        let Self { isa, discriminator, weight } = *self;
        let views: PerLayer<LayerView<'_>> = layers(D::LAYERS, discriminator.weights.flat()).collect();
        let mut a = u;
        for (layer, x) in views.iter().zip(samples.inputs.iter_mut().skip(1)) {
            let Layer { outputs, activation, .. } = layer.shape;
            let next = take(&mut scratch, samples.rows * outputs);
            mlp::linear_layer(isa, *layer, samples.rows, a, next);
            isa.vectorised(
                #[inline(always)]
                || {
                    activation::backward(activation, x, next);
                    scale_and_add(x, outputs, dlogits, weight, next);
                },
            );
            a = next;
        }
    }

    /// The same for the first layer.
    pub(super) fn add_to_inputs(&self, samples: &mut Activations<'_>, dlogits: &[f32], u: &[f32]) {
        let (x, weight) = (&mut *samples.inputs[0], self.weight);
        self.isa.vectorised(
            #[inline(always)]
            || scale_and_add(x, D::INPUTS, dlogits, weight, u),
        );
    }
}

/// `x = dlogit x + weight a` in each row of `width` floats.
#[inline(always)]
fn scale_and_add(x: &mut [f32], width: usize, dlogits: &[f32], weight: f32, a: &[f32]) {
    for ((x, a), &dlogit) in x.chunks_exact_mut(width).zip(a.chunks_exact(width)).zip(dlogits) {
        for (x, &a) in x.iter_mut().zip(a) {
            *x = dlogit * *x + weight * a;
        }
    }
}
