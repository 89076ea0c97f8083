//! Supervised steps of several networks and losses, against a reference in f64.

mod reference;
mod samples;

use pocketgan_core::network;
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::loss::mean_squared_error;
use pocketgan_core::nn::network::Network;
use pocketgan_core::train::execution::Plan;
use pocketgan_core::train::optimiser::{Adam, KeepGradient, Optimiser};
use pocketgan_core::train::supervised::{SupervisedBatch, Workspace, step};
use pocketgan_core::train::update::Trained;
use reference::{assert_gradients, forward, positions, to_f64};
use samples::{Classes, ROWS, assert_same_bits, cross_entropy_in_f64, started, write_input};

network! {
    /// Seven layers of uneven widths; an activation follows the last one.
    struct Deep {
        dense0: 9 => 20 Tanh,
        dense1: 20 => 31 LeakyRelu,
        dense2: 31 => 17 Linear,
        dense3: 17 => 16 Tanh,
        dense4: 16 => 5 LeakyRelu,
        dense5: 5 => 48 LeakyRelu,
        outputs: 48 => 3 Tanh,
    }
}

network! {
    /// As wide as networks that are really trained.
    struct Wide {
        dense0: 784 => 100 LeakyRelu,
        dense1: 100 => 64 LeakyRelu,
        logits: 64 => 10 Linear,
    }
}

network! {
    struct Single {
        output: 4 => 1 LeakyRelu,
    }
}

/// Samples with a target for each output.
struct Targets;

impl Targets {
    fn target(row: usize, output: usize) -> f32 {
        (row as f32 - output as f32) / ROWS as f32
    }
}

impl SupervisedBatch for Targets {
    fn rows(&self) -> usize {
        ROWS
    }

    fn input(&self, row: usize, into: &mut [f32]) {
        write_input(row, into);
    }

    fn loss(&self, row: usize, outputs: &[f32], gradient: &mut [f32]) -> f32 {
        let targets: Vec<f32> = (0..outputs.len()).map(|output| Self::target(row, output)).collect();
        mean_squared_error(outputs, &targets, gradient)
    }
}

fn mean_squared_error_in_f64(row: usize, outputs: &[f64]) -> f64 {
    let differences = outputs.iter().enumerate().map(|(output, y)| y - f64::from(Targets::target(row, output)));
    differences.map(|difference| difference * difference).sum::<f64>() / outputs.len() as f64
}

/// A step; returns its loss.
fn take_step<N: Network, B: SupervisedBatch, const MOMENTS: usize>(
    network: &mut Trained<N, MOMENTS>,
    batch: &B,
    shards: usize,
    isa: Isa,
    rule: &impl Optimiser<MOMENTS>,
) -> f32 {
    let mut memory = bytemuck::zeroed_vec(Workspace::<N>::lines(ROWS + 1));
    step(network, &mut Workspace::new(&mut memory, ROWS + 1), batch, &Plan::serial(isa, shards), rule)
}

fn loss_and_gradients_agree<N: Network>(batch: &impl SupervisedBatch, loss_of_row: fn(usize, &[f64]) -> f64) {
    let loss_of_row = |row, weights: &[f64]| {
        let mut input = vec![0.0; N::INPUTS];
        write_input(row, &mut input);
        loss_of_row(row, &forward(N::LAYERS, weights, &to_f64(&input)))
    };
    let mean = |weights: &[f64]| (0..ROWS).map(|row| loss_of_row(row, weights)).sum::<f64>() / ROWS as f64;
    for isa in Isa::available() {
        let mut network = started::<N, 1>();
        let (weights, varied) = (to_f64(network.weights.flat()), positions(&network.weights));
        let loss = f64::from(take_step(&mut network, batch, 3, isa, &KeepGradient));
        assert!((loss - mean(&weights)).abs() < 1e-5, "{isa:?}: {loss} is not {}", mean(&weights));
        assert_gradients(&to_f64(network.moments[0].flat()), &varied, &weights, mean);
    }
}

#[test]
fn loss_and_gradients_of_a_wide_network_agree_with_finite_differences() {
    loss_and_gradients_agree::<Wide>(&Classes, cross_entropy_in_f64);
}

#[test]
fn loss_and_gradients_of_other_networks_and_losses_agree_with_finite_differences() {
    loss_and_gradients_agree::<Deep>(&Classes, cross_entropy_in_f64);
    loss_and_gradients_agree::<Deep>(&Targets, mean_squared_error_in_f64);
    loss_and_gradients_agree::<Single>(&Targets, mean_squared_error_in_f64);
}

#[test]
fn the_bits_do_not_depend_on_the_shards_or_on_which_fused_multiply_add_is_used() {
    assert_same_bits::<Wide>(|network, t, isa, shards| {
        take_step(network, &Classes, shards, isa, &Adam::at_step(1e-3, t))
    });
}

#[test]
fn steps_on_the_same_samples_learn_them() {
    let mut network = started::<Wide, 2>();
    let losses = (1..=31).map(|t| take_step(&mut network, &Classes, 2, Isa::best(), &Adam::at_step(1e-3, t)));
    assert!(losses.last().is_some_and(|loss| loss < 0.1));
}

#[test]
fn the_workspace_holds_the_outputs_of_the_step() {
    let mut network = started::<Single, 1>();
    let weights = to_f64(network.weights.flat());
    let mut memory = bytemuck::zeroed_vec(Workspace::<Single>::lines(ROWS));
    let mut workspace = Workspace::new(&mut memory, ROWS);
    step(&mut network, &mut workspace, &Targets, &Plan::serial(Isa::PORTABLE, 1), &KeepGradient);
    for (row, &output) in workspace.outputs().iter().enumerate() {
        let mut input = [0.0; 4];
        write_input(row, &mut input);
        assert!((f64::from(output) - forward(Single::LAYERS, &weights, &to_f64(&input))[0]).abs() < 1e-6);
    }
}
