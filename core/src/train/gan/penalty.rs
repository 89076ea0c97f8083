//! The gradient penalty on real images: `weight / 2 · mean |dD/dx|²`, "R1" (Mescheder, Geiger and Nowozin 2018).
//!
//! A leaky ReLU is straight on both sides, so the way back through the discriminator is itself a linear network: with
//! v the gradient of a logit with respect to a layer's sums, the gradient with respect to its inputs is `u = W v`. The
//! penalty's gradient runs through that network the other way, from `a = weight u` of the first layer: each kernel gets
//! `a ⊗ v`, and the next layer `a W` where its leaky ReLU was straight up, a hundredth elsewhere. The cross-entropy
//! gives each kernel `dlogit x ⊗ v`. Both have v on the right, so they are one product with `dlogit x + a` on the left,
//! and the second phase of the step costs nothing more.

use crate::nn::activation;
use crate::nn::activations::Activations;
use crate::nn::kernel::Isa;
use crate::nn::mlp;
use crate::nn::network::{Layer, Network, layers};
use crate::recipe::{Discriminator, PIXELS};
use crate::train::update::Trained;

/// The penalty of one shard.
pub(super) struct Penalty<'a> {
    pub(super) isa: Isa,
    pub(super) discriminator: &'a Trained<Discriminator, 1>,
    /// Of the penalty in the loss, divided by the number of real images in the batch.
    pub(super) weight: f32,
}

impl Penalty<'_> {
    /// Turns each layer's inputs x in `trace` into `dlogit x + a`. Its gradients are those of the logits, not of the
    /// loss; `dlogits` are those of the loss. `scratch` is a trace whose gradients are not yet needed.
    pub(super) fn add(&self, trace: &mut Activations<'_>, dlogits: &[f32], scratch: &mut Activations<'_>) {
        let (mut rest, mut dlogits) = (trace.reborrow(), dlogits);
        while !dlogits.is_empty() {
            // A shard can have one real image more than it has fakes, of which it has at least one.
            let rows = dlogits.len().min(scratch.rows);
            let (some, others) = dlogits.split_at(rows);
            self.add_to_some(&mut rest.take_rows(rows), some, scratch);
            dlogits = others;
        }
    }

    /// [`Penalty::add`] for no more samples than `scratch` has.
    fn add_to_some(&self, trace: &mut Activations<'_>, dlogits: &[f32], scratch: &mut Activations<'_>) {
        let Self { isa, discriminator, weight } = *self;
        let rows = dlogits.len();
        let [_, first, second, _, of_pixels] = &mut scratch.gradients[..] else {
            unreachable!("the generator has 5 layers")
        };
        let (mut a, mut next, mut free): (&mut [f32], &mut [f32], &mut [f32]) = (of_pixels, first, second);
        mlp::input_gradient::<Discriminator>(isa, discriminator.transposed(), trace, &mut a[..rows * PIXELS]);
        isa.vectorised(
            #[inline(always)]
            || a[..rows * PIXELS].iter_mut().for_each(|a| *a *= weight),
        );
        for (index, layer) in layers(Discriminator::LAYERS, discriminator.weights.flat()).enumerate() {
            let Layer { inputs, outputs, activation } = layer.shape;
            if let Some(y) = trace.inputs.get(index + 1) {
                let next = &mut next[..rows * outputs];
                mlp::linear_layer(isa, layer, rows, a, next);
                isa.vectorised(
                    #[inline(always)]
                    || activation::backward(activation, y, next),
                );
            }
            isa.vectorised(
                #[inline(always)]
                || scale_and_add(trace.inputs[index], dlogits, a, inputs),
            );
            (a, next, free) = (next, free, a);
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
