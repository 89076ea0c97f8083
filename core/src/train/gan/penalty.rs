//! The gradient penalty on real images, R1 (Mescheder, Geiger and Nowozin 2018): `weight / 2 · mean |dD/dx|²`.
//!
//! A leaky ReLU is linear on both sides of 0, so the backward pass through the discriminator is itself a linear network:
//! with v the gradient of a logit with respect to a layer's sums, the gradient with respect to its inputs is `u = W v`.
//! The penalty's gradient passes through that network in the other direction, from `a = weight u` of the first layer:
//! each kernel gets `a ⊗ v`, and the next layer `a W` times the slope of its leaky ReLU. The cross-entropy gives each
//! kernel `dlogit x ⊗ v`. Both have v on the right, so they are one product with `dlogit x + a` on the left, and the
//! update costs nothing more.

use crate::nn::activation;
use crate::nn::activations::Activations;
use crate::nn::kernel::Isa;
use crate::nn::mlp;
use crate::nn::network::{Activation, Layer, Network, layers};
use crate::train::pass::Frozen;

/// Whether the backward pass of `D` is a linear network.
pub(super) fn is_possible<D: Network>() -> bool {
    D::LAYERS.iter().all(|layer| matches!(layer.activation, Activation::Linear | Activation::LeakyRelu))
}

/// The penalty of one shard.
pub(super) struct Penalty<'a, D: Network> {
    pub(super) isa: Isa,
    pub(super) discriminator: &'a Frozen<'a, D>,
    /// Weight of the penalty in the loss, divided by the number of real images in the batch.
    pub(super) weight: f32,
}

/// Memory of the same shard that is not yet in use: `a` of the first layer lies where the gradient of the fakes' pixels
/// will be, and `a` of each further layer where the gradients of the layer before will be.
pub(super) struct Scratch<'s, 'm> {
    /// `[rows][pixels]`
    pub(super) pixels: &'s mut [f32],
    /// The fakes in the discriminator.
    pub(super) fakes: &'s mut Activations<'m>,
}

impl<D: Network> Penalty<'_, D> {
    /// Turns each layer's inputs x in `reals` into `dlogit x + a`. The gradients in `reals` are those of the logits, and
    /// `dlogits` those of the loss with respect to the logits.
    pub(super) fn add(&self, reals: &mut Activations<'_>, dlogits: &[f32], mut scratch: Scratch<'_, '_>) {
        let mut rest = reals.reborrow();
        // A shard can have one real image more than it has fakes, of which it has at least one.
        for dlogits in dlogits.chunks(scratch.fakes.rows) {
            self.add_to_some(&mut rest.take_rows(dlogits.len()), dlogits, &mut scratch);
        }
    }

    /// [`Penalty::add`] for no more samples than the scratch memory has room for.
    fn add_to_some(&self, reals: &mut Activations<'_>, dlogits: &[f32], scratch: &mut Scratch<'_, '_>) {
        let Self { isa, discriminator, weight } = *self;
        let rows = dlogits.len();
        let mut a = &mut scratch.pixels[..rows * D::INPUTS];
        mlp::input_gradient::<D>(isa, discriminator.transposed, reals, a);
        isa.vectorised(
            #[inline(always)]
            || a.iter_mut().for_each(|a| *a *= weight),
        );
        let later = scratch.fakes.gradients.iter_mut();
        for ((index, layer), next) in layers(D::LAYERS, discriminator.weights.flat()).enumerate().zip(later) {
            let Layer { inputs, outputs, activation } = layer.shape;
            let next = &mut next[..rows * outputs];
            if let Some(y) = reals.inputs.get(index + 1) {
                mlp::linear_layer(isa, layer, rows, a, next);
                isa.vectorised(
                    #[inline(always)]
                    || activation::backward(activation, y, next),
                );
            }
            isa.vectorised(
                #[inline(always)]
                || scale_and_add(reals.inputs[index], dlogits, a, inputs),
            );
            a = next;
        }
    }
}

/// `x = dlogit x + a` in each row of `inputs`.
#[inline(always)]
fn scale_and_add(x: &mut [f32], dlogits: &[f32], a: &[f32], inputs: usize) {
    for ((x, a), &dlogit) in x.chunks_exact_mut(inputs).zip(a.chunks_exact(inputs)).zip(dlogits) {
        for (x, &a) in x.iter_mut().zip(a) {
            *x = dlogit * *x + a;
        }
    }
}
