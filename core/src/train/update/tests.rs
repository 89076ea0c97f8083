//! Every weight moves once, as the rule says, and its transposed copy with it.

extern crate std;

use std::boxed::Box;
use std::vec::Vec;

use super::*;
use crate::nn::kernel::Lanes;
use crate::nn::network::total_len;
use crate::random::{Purpose, Stream};
use crate::recipe::{Discriminator, Generator};
use crate::train::optimiser::{KeepGradient, Move};

/// A rule whose every part shows in the weights.
struct Marked;

impl Optimiser<1> for Marked {
    #[inline(always)]
    fn propose<L: Lanes>(&self, g: L, [m]: &mut [L; 1]) -> Move<L> {
        *m = *m + g * g;
        Move { numerators: *m * g, denominators: m.sqrt() + L::splat(1.0) }
    }
}

/// The same for one weight: its moment, and the weight.
fn marked(w: f32, g: f32, m: f32) -> [f32; 2] {
    let m = m + g * g;
    [m, w - m * g / (m.sqrt() + 1.0)]
}

fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut stream = Stream::at(seed, Purpose::Weights, 0);
    (0..len).map(|_| stream.symmetric()).collect()
}

/// A network in training, on the heap from the first.
fn trained<N: Network>(weights: &[f32], moments: &[f32]) -> Box<Trained<N, 1>> {
    let mut trained: Box<Trained<N, 1>> = bytemuck::zeroed_box();
    trained.weights.flat_mut().copy_from_slice(weights);
    trained.moments[0].flat_mut().copy_from_slice(moments);
    trained.transpose();
    trained
}

/// The weights and biases of a flat network, without the zeros between layers.
fn parameters<N: Network>(network: &N) -> Vec<f32> {
    layers(N::LAYERS, network.flat()).flat_map(|layer| [layer.kernel, layer.bias].concat()).collect()
}

/// After an update by `rule` with what 13 random samples left behind.
fn updated<N: Network>(before: &Trained<N, 1>, isa: Isa, rule: &impl Optimiser<1>) -> Box<Trained<N, 1>> {
    const SAMPLES: usize = 13;
    let mut memory = random(1, SAMPLES * Trace::floats_per_row(N::LAYERS));
    let trace = Trace::carve(&mut &mut *memory, N::LAYERS, SAMPLES);
    let mut after = trained::<N>(before.weights.flat(), before.moments[0].flat());
    after.blocks(&trace, None, |mut block| block.update(isa, rule));
    after
}

fn every_weight_moves<N: Network>() {
    let len = total_len(N::LAYERS);
    let moments: Vec<f32> = random(3, len).into_iter().map(f32::abs).collect();
    let before = trained::<N>(&random(2, len), &moments);
    let (w, m) = (parameters(&before.weights), parameters(&before.moments[0]));
    for isa in Isa::available() {
        let g = parameters(&updated(&before, isa, &KeepGradient).moments[0]);
        let after = updated(&before, isa, &Marked);
        let (moved, moment) = (parameters(&after.weights), parameters(&after.moments[0]));
        for i in 0..w.len() {
            assert_eq!([moment[i], moved[i]], marked(w[i], g[i], m[i]), "parameter {i} with {}", isa.name());
        }
        let copied = trained::<N>(after.weights.flat(), after.moments[0].flat());
        assert!(bytemuck::bytes_of(after.transposed()) == bytemuck::bytes_of(copied.transposed()), "{}", isa.name());
    }
}

#[test]
fn every_weight_of_the_generator_moves_once_and_so_does_its_copy() {
    every_weight_moves::<Generator>();
}

#[test]
fn every_weight_of_the_discriminator_moves_once_and_so_does_its_copy() {
    every_weight_moves::<Discriminator>();
}
