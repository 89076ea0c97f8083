//! Samples of the tests of supervised steps, and what holds for steps of every kind of network.

use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::loss::cross_entropy;
use pocketgan_core::nn::network::Network;
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_core::train::initialisation::glorot;
use pocketgan_core::train::supervised::SupervisedBatch;
use pocketgan_core::train::update::Trained;

/// Samples of a batch. The workspaces have room for one more.
pub(crate) const ROWS: usize = 6;

/// Random inputs, the same for every network and loss.
pub(crate) fn write_input(row: usize, into: &mut [f32]) {
    let mut stream = Stream::at(5, Purpose::Training, row as u64);
    into.fill_with(|| stream.symmetric());
}

/// Samples of different classes.
pub(crate) struct Classes;

fn class(row: usize, classes: usize) -> usize {
    row * 3 % classes
}

impl SupervisedBatch for Classes {
    fn rows(&self) -> usize {
        ROWS
    }

    fn input(&self, row: usize, into: &mut [f32]) {
        write_input(row, into);
    }

    fn loss(&self, row: usize, outputs: &[f32], gradient: &mut [f32]) -> f32 {
        cross_entropy(outputs, class(row, outputs.len()), gradient)
    }
}

/// The loss of a row of [`Classes`].
pub(crate) fn cross_entropy_in_f64(row: usize, outputs: &[f64]) -> f64 {
    outputs.iter().map(|x| x.exp()).sum::<f64>().ln() - outputs[class(row, outputs.len())]
}

/// A network before its first step.
pub(crate) fn started<N: Network, const MOMENTS: usize>() -> Box<Trained<N, MOMENTS>> {
    let mut network: Box<Trained<N, MOMENTS>> = bytemuck::zeroed_box();
    glorot(&mut network.weights, 9, 2);
    network.copy_kernels();
    network
}

/// Asserts that two steps give the same bits with any number of shards and every fused multiply-add. `step` takes step t
/// of a network with an instruction set and a number of shards, and returns its loss.
pub(crate) fn assert_same_bits<N: Network>(step: impl Fn(&mut Trained<N, 2>, u64, Isa, usize) -> f32) {
    let trained = |isa, shards| {
        let mut network = started::<N, 2>();
        let losses = [1, 2].map(|t| step(&mut network, t, isa, shards));
        (network, losses)
    };
    let (expected, expected_losses) = trained(Isa::best(), 1);
    let fused = Isa::available().filter(|&isa| isa != Isa::PORTABLE);
    // The last number of shards is larger than the batch.
    for (isa, shards) in fused.map(|isa| (isa, 1)).chain([2, 5, 6, 9].map(|shards| (Isa::best(), shards))) {
        let (network, losses) = trained(isa, shards);
        assert_eq!(losses, expected_losses);
        assert!(bytemuck::bytes_of(&network.weights) == bytemuck::bytes_of(&expected.weights));
    }
}
