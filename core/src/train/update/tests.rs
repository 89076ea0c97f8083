//! Every weight is updated once, by its optimiser, and its copies with it.

extern crate std;

use std::boxed::Box;
use std::vec::Vec;

use super::*;
use crate::nn::activations::Activations;
use crate::nn::kernel::{Bf16Pair, CacheLine, Isa, Lanes};
use crate::nn::network::{Network, layers, total_len};
use crate::nn::precision::Precision;
use crate::random::{Purpose, Stream};
use crate::recipe::{Discriminator, Generator};
use crate::train::optimiser::{KeepGradient, Optimiser, Step};

crate::network! {
    /// Every kind of block: rows that are whole vectors or not, more and less than a panel of them, and a single output.
    struct Odd {
        dense0: 7 => 20 LeakyRelu,
        dense1: 20 => 64 LeakyRelu,
        dense2: 64 => 3 LeakyRelu,
        dense3: 3 => 1 Linear,
    }
}

/// An optimiser in which gradient, moment, square root and quotient all have an effect on the weights.
struct Mixed;

impl Optimiser<1> for Mixed {
    #[inline(always)]
    fn step<L: Lanes>(&self, g: L, [m]: &mut [L; 1]) -> Step<L> {
        *m = *m + g * g;
        Step { numerator: *m * g, denominator: m.sqrt() + L::splat(1.0) }
    }
}

/// [`Mixed`] for one weight: the moment and the weight after it.
fn mixed(w: f32, g: f32, m: f32) -> [f32; 2] {
    let m = m + g * g;
    [m, w - m * g / (m.sqrt() + 1.0)]
}

fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut stream = Stream::at(seed, Purpose::Weights, 0);
    (0..len).map(|_| stream.symmetric()).collect()
}

/// A network in training, allocated on the heap.
fn trained<N: Network, E: Precision>(weights: &[f32], moments: &[f32]) -> Box<Trained<N, 1, E>> {
    let mut trained: Box<Trained<N, 1, E>> = bytemuck::zeroed_box();
    trained.weights.flat_mut().copy_from_slice(weights);
    trained.moments[0].flat_mut().copy_from_slice(moments);
    trained.copy_kernels();
    trained
}

/// The weights and biases of a network, without the padding.
fn parameters<N: Network>(network: &N) -> Vec<f32> {
    layers(N::LAYERS, network.flat()).flat_map(|layer| [layer.kernel, layer.bias].concat()).collect()
}

/// `before` after an update by `optimiser` with random activations of 13 samples.
fn updated<N: Network, E: Precision>(
    before: &Trained<N, 1, E>,
    isa: Isa,
    optimiser: &impl Optimiser<1>,
) -> Box<Trained<N, 1, E>> {
    const SAMPLES: usize = 13;
    let mut memory = random(1, Activations::<E>::floats(N::LAYERS, SAMPLES));
    if E::PAIRS {
        memory.iter_mut().for_each(|x| *x = bytemuck::cast(Bf16Pair::new(*x, 0.5 - *x)));
    }
    let activations = Activations::carve(&mut &mut *memory, N::LAYERS, SAMPLES);
    let mut after = trained::<N, E>(before.weights.flat(), before.moments[0].flat());
    after.blocks(&activations, None).for_each(|mut block| block.update(isa, optimiser));
    after
}

fn check_every_weight<N: Network, E: Precision>() {
    let len = total_len(N::LAYERS);
    let moments: Vec<f32> = random(3, len).into_iter().map(f32::abs).collect();
    let before = trained::<N, E>(&random(2, len), &moments);
    let (w, m) = (parameters(&before.weights), parameters(&before.moments[0]));
    for isa in Isa::available().flat_map(|isa| [isa, isa.in_tiles()]) {
        let g = parameters(&updated(&before, isa, &KeepGradient).moments[0]);
        let after = updated(&before, isa, &Mixed);
        let (weights, moments) = (parameters(&after.weights), parameters(&after.moments[0]));
        for i in 0..w.len() {
            assert_eq!([moments[i], weights[i]], mixed(w[i], g[i], m[i]), "parameter {i} with {isa:?}");
        }
        let expected = trained::<N, E>(after.weights.flat(), after.moments[0].flat());
        assert!(bytemuck::bytes_of(after.copies()) == bytemuck::bytes_of(expected.copies()), "{isa:?}");
    }
}

#[test]
fn every_weight_of_the_generator_is_updated_once_and_copied() {
    check_every_weight::<Generator, f32>();
}

#[test]
fn every_weight_of_the_discriminator_is_updated_once_and_copied() {
    check_every_weight::<Discriminator, f32>();
}

#[test]
fn every_weight_of_a_network_of_odd_sizes_is_updated_once_and_copied() {
    check_every_weight::<Odd, f32>();
    check_every_weight::<Odd, Bf16Pair>();
}

#[test]
fn every_kernel_of_a_network_in_training_begins_on_a_cache_line() {
    fn check<N: Network, const MOMENTS: usize>() {
        let trained: Box<Trained<N, MOMENTS>> = bytemuck::zeroed_box();
        for network in [&trained.weights].into_iter().chain(&trained.moments) {
            for layer in layers(N::LAYERS, network.flat()) {
                assert!(layer.kernel.as_ptr().addr().is_multiple_of(size_of::<CacheLine>()), "{:?}", layer.shape);
            }
        }
    }
    check::<Generator, 2>();
    check::<Discriminator, 1>();
    check::<Odd, 2>();
}
