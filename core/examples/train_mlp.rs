//! Trains a multilayer perceptron to separate two interleaved spirals: `cargo run --release --example train_mlp`.
//!
//! No allocation and one thread, as on a microcontroller.

use pocketgan_core::bytemuck::Zeroable;
use pocketgan_core::nn::{kernel::Isa, loss::cross_entropy, network::CacheLine, softmax::argmax};
use pocketgan_core::train::supervised::{SupervisedBatch, Workspace, step};
use pocketgan_core::train::{execution::Plan, initialisation::glorot, optimiser::Adam, update::Trained};

pocketgan_core::network! {
    /// From a point to the logits of the two spirals.
    struct Classifier {
        hidden0: 2 => 40 LeakyRelu,
        hidden1: 40 => 24 LeakyRelu,
        logits: 24 => 2 Linear,
    }
}

/// Points of two spirals, one and a half turns each: the even rows lie on the first, the odd ones on the second.
struct Spirals;

impl SupervisedBatch for Spirals {
    fn rows(&self) -> usize {
        200
    }
    fn input(&self, row: usize, into: &mut [f32]) {
        let radius = (row / 2 + 5) as f32 / 105.0;
        let (sine, cosine) = (3.0 * std::f32::consts::PI * radius).sin_cos();
        let side = if row.is_multiple_of(2) { radius } else { -radius };
        into.copy_from_slice(&[side * cosine, side * sine]);
    }
    fn loss(&self, row: usize, outputs: &[f32], gradient: &mut [f32]) -> f32 {
        cross_entropy(outputs, row % 2, gradient)
    }
}

fn main() {
    let mut network: Trained<Classifier, 2> = Zeroable::zeroed();
    glorot(&mut network.weights, 1, 0);
    network.copy_kernels();
    let mut memory = [CacheLine([0.0; 16]); Workspace::<Classifier>::lines(200)];
    let mut workspace = Workspace::new(&mut memory, 200);
    for t in 1..=1500 {
        let loss = step(&mut network, &mut workspace, &Spirals, &Plan::serial(Isa::best(), 1), &Adam::at_step(1e-2, t));
        if t % 250 == 0 {
            println!("step {t}: loss {loss:.4}");
        }
    }
    let right = workspace.outputs().chunks(2).enumerate().filter(|(row, logits)| argmax(logits) == row % 2).count();
    println!("accuracy {} %", 100 * right / 200);
}
