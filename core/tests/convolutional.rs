//! Steps of networks with convolutions, against a reference in f64 that knows no patches.

mod reference;
mod samples;

use pocketgan_core::network;
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::network::{Layer, Network};
use pocketgan_core::nn::patches::Patches;
use pocketgan_core::train::classifier::Classifier;
use pocketgan_core::train::convolutional::{Workspace, step};
use pocketgan_core::train::execution::Plan;
use pocketgan_core::train::optimiser::{Adam, KeepGradient, Optimiser};
use pocketgan_core::train::update::Trained;
use reference::{assert_gradients, forward, positions, to_f64};
use samples::{Classes, ROWS, assert_same_bits, cross_entropy_in_f64, started, write_input};

network! {
    /// Patches that leave pixels out, overlap and are single pixels; images of several channels.
    struct Uneven {
        apart: 27 => 5 Tanh over Patches { side: 11, channels: 3, kernel: 3, stride: 4 },
        overlapping: 20 => 17 LeakyRelu over Patches { side: 3, channels: 5, kernel: 2, stride: 1 },
        single: 17 => 6 Linear over Patches { side: 2, channels: 17, kernel: 1, stride: 1 },
        dense: 24 => 16 LeakyRelu,
        logits: 16 => 3 Linear,
    }
}

network! {
    struct Images {
        convolution: 4 => 2 LeakyRelu over Patches { side: 3, channels: 1, kernel: 2, stride: 1 },
    }
}

/// A step; returns its loss.
fn take_step<N: Network, const MOMENTS: usize>(
    network: &mut Trained<N, MOMENTS>,
    shards: usize,
    isa: Isa,
    rule: &impl Optimiser<MOMENTS>,
) -> f32 {
    let mut memory = bytemuck::zeroed_vec(Workspace::<N>::lines(ROWS + 1));
    step(network, &mut Workspace::new(&mut memory, ROWS + 1), &Classes, &Plan::serial(isa, shards), rule)
}

/// A layer's output image for an image, by the definition of a convolution: the patch at (row, column) begins at
/// (row * stride, column * stride).
fn convolved(layer: &Layer, patches: &Patches, weights: &[f64], image: &[f64]) -> Vec<f64> {
    let &Patches { side, channels, kernel, stride } = patches;
    let corners = || (0..=side - kernel).step_by(stride);
    let pixel = |(y, x): (usize, usize)| image[(y * side + x) * channels..][..channels].iter().copied();
    let square =
        |top: usize, left: usize| (top..top + kernel).flat_map(move |y| (left..left + kernel).map(move |x| (y, x)));
    let patch = |top, left| square(top, left).flat_map(pixel).collect::<Vec<f64>>();
    corners()
        .flat_map(|top| corners().map(move |left| (top, left)))
        .flat_map(|(top, left)| forward(std::slice::from_ref(layer), weights, &patch(top, left)))
        .collect()
}

/// The outputs of `N` with these weights for the input of a row.
fn outputs<N: Network>(mut weights: &[f64], row: usize) -> Vec<f64> {
    let mut input = vec![0.0; N::INPUTS];
    write_input(row, &mut input);
    let mut image = to_f64(&input);
    for (layer, patches) in N::LAYERS.iter().zip(N::PATCHES) {
        image = convolved(layer, patches, weights, &image);
        weights = &weights[layer.len()..];
    }
    image
}

fn mean_loss<N: Network>(weights: &[f64]) -> f64 {
    let loss = |row| cross_entropy_in_f64(row, &outputs::<N>(weights, row));
    (0..ROWS).map(loss).sum::<f64>() / ROWS as f64
}

fn loss_and_gradients_agree<N: Network>() {
    for isa in Isa::available() {
        let mut network = started::<N, 1>();
        let (weights, varied) = (to_f64(network.weights.flat()), positions(&network.weights));
        let loss = f64::from(take_step(&mut network, 3, isa, &KeepGradient));
        assert!((loss - mean_loss::<N>(&weights)).abs() < 1e-5, "{isa:?}: {loss}");
        assert_gradients(&to_f64(network.moments[0].flat()), &varied, &weights, mean_loss::<N>);
    }
}

#[test]
fn loss_and_gradients_of_the_classifier_agree_with_finite_differences() {
    loss_and_gradients_agree::<Classifier>();
}

#[test]
fn loss_and_gradients_of_uneven_convolutions_agree_with_finite_differences() {
    loss_and_gradients_agree::<Uneven>();
    loss_and_gradients_agree::<Images>();
}

#[test]
fn a_network_may_have_images_as_inputs_and_outputs() {
    assert_eq!((Uneven::INPUTS, Uneven::OUTPUTS), (11 * 11 * 3, 3));
    assert_eq!((Images::INPUTS, Images::OUTPUTS), (9, 8));
}

#[test]
fn the_bits_do_not_depend_on_the_shards_or_on_which_fused_multiply_add_is_used() {
    assert_same_bits::<Classifier>(|network, t, isa, shards| take_step(network, shards, isa, &Adam::at_step(1e-3, t)));
}

#[test]
fn steps_on_the_same_samples_learn_them() {
    let mut network = started::<Classifier, 2>();
    let losses = (1..=31).map(|t| take_step(&mut network, 2, Isa::best(), &Adam::at_step(1e-3, t)));
    assert!(losses.last().is_some_and(|loss| loss < 0.1));
}

#[test]
#[should_panic(expected = "a step needs 1 to 5 samples, not 6")]
fn a_batch_larger_than_the_workspace_is_refused() {
    let mut memory = bytemuck::zeroed_vec(Workspace::<Images>::lines(5));
    let mut workspace = Workspace::new(&mut memory, 5);
    step(&mut started::<Images, 1>(), &mut workspace, &Classes, &Plan::serial(Isa::PORTABLE, 1), &KeepGradient);
}
