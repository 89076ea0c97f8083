//! The classifier's step against plain loops in f64.

use super::*;
use crate::nn::kernel::Isa;
use crate::random::{Purpose, Stream};
use crate::train::gan::Plan;
use crate::train::initial::glorot;
use crate::train::optimiser::{Adam, KeepGradient, Optimiser};
use crate::train::update::Trained;

extern crate std;
use std::boxed::Box;
use std::vec::Vec;

const BATCH: usize = 7;

/// Noise, each image of another class.
struct Noise;

impl Examples for Noise {
    fn count(&self) -> usize {
        BATCH - 1
    }

    fn image(&self, row: usize, into: &mut [f32]) {
        let mut stream = Stream::at(5, Purpose::Training, row as u64);
        into.fill_with(|| stream.symmetric());
    }

    fn class(&self, row: usize) -> usize {
        row * 3 % CLASSES
    }
}

fn started() -> Box<Trained<Classifier, 2>> {
    let mut classifier: Box<Trained<Classifier, 2>> = bytemuck::zeroed_box();
    glorot(&mut classifier.weights, 9, 2);
    classifier.transpose();
    classifier
}

fn step_of(classifier: &mut Trained<Classifier, 2>, shards: usize, isa: Isa, rule: &impl Optimiser<2>) -> Report {
    let mut memory = bytemuck::zeroed_vec(Workspace::lines(BATCH));
    let plan = Plan::serial(isa, shards);
    step(classifier, &mut Workspace::new(&mut memory, BATCH), &Noise, &plan, rule)
}

/// The loss in f64, by plain loops.
fn loss(weights: &[f64]) -> f64 {
    let of_row = |row: usize| {
        let mut x = [0.0; PIXELS];
        Noise.image(row, &mut x);
        let mut x: Vec<f64> = x.iter().copied().map(f64::from).collect();
        let mut rest = weights;
        for (index, shape) in Classifier::LAYERS.iter().enumerate() {
            let (layer, after) = rest.split_at(shape.len());
            let (kernel, bias) = layer.split_at(shape.kernel_len());
            rest = after;
            let sum = |j: usize| {
                let products = x.iter().zip(kernel.chunks_exact(shape.outputs)).map(|(x, row)| x * row[j]);
                bias[j] + products.sum::<f64>()
            };
            let leaky = |y: f64| if index < 2 && y < 0.0 { 0.01 * y } else { y };
            x = (0..shape.outputs).map(|j| leaky(sum(j))).collect();
        }
        x.iter().map(|x| x.exp()).sum::<f64>().ln() - x[Noise.class(row)]
    };
    (0..Noise.count()).map(of_row).sum::<f64>() / Noise.count() as f64
}

#[test]
fn loss_and_gradients_agree_with_f64_and_its_finite_differences_in_every_layer() {
    const STEP: f64 = 1e-5;
    for isa in [Isa::PORTABLE, Isa::best()] {
        let mut classifier = started();
        let mut weights: Vec<f64> = classifier.weights.flat().iter().copied().map(f64::from).collect();
        let report = step_of(&mut classifier, 3, isa, &KeepGradient);
        assert!((f64::from(report.loss) - loss(&weights)).abs() < 1e-5, "{isa:?}: {report:?}");
        let gradients = classifier.moments[0].flat();
        let largest = gradients.iter().fold(0.0_f64, |max, &g| max.max(f64::from(g.abs())));
        let bias1 = PIXELS * 256 + 256 + 256 * 128;
        let last = bias1 + FEATURES + FEATURES * CLASSES + CLASSES - 1;
        for at in [3, 100_003, PIXELS * 256 + 7, PIXELS * 256 + 999, bias1 + 5, bias1 + 128 + 77, last - 12, last] {
            let mut at_offset = |by: f64| {
                let old = weights[at];
                weights[at] += by;
                let loss = loss(&weights);
                weights[at] = old;
                loss
            };
            let expected = (at_offset(STEP) - at_offset(-STEP)) / (2.0 * STEP);
            let found = f64::from(gradients[at]);
            assert!((found - expected).abs() < 1e-4 * largest, "{at}: {found} is not {expected}");
        }
    }
}

#[test]
fn the_bits_do_not_depend_on_the_shards_or_on_which_fused_multiply_add_there_is() {
    let trained = |isa, shards| {
        let mut classifier = started();
        let reports = [1, 2].map(|t| step_of(&mut classifier, shards, isa, &Adam::at_step(1e-3, t)));
        (classifier, reports)
    };
    let (alone, expected) = trained(Isa::best(), 1);
    let fused = Isa::available().filter(|&isa| isa != Isa::PORTABLE);
    for (isa, shards) in fused.map(|isa| (isa, 1)).chain([2, 5, 6].map(|shards| (Isa::best(), shards))) {
        let (classifier, reports) = trained(isa, shards);
        assert_eq!(reports, expected);
        assert!(bytemuck::bytes_of(&classifier.weights) == bytemuck::bytes_of(&alone.weights));
    }
}

#[test]
fn steps_on_the_same_examples_learn_them() {
    let mut classifier = started();
    for t in 1..=30 {
        step_of(&mut classifier, 2, Isa::best(), &Adam::at_step(1e-3, t));
    }
    let report = step_of(&mut classifier, 2, Isa::best(), &Adam::at_step(1e-3, 31));
    assert!(report.right == Noise.count() as u32 && report.loss < 0.1, "{report:?}");
}
