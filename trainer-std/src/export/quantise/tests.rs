//! Quantised generators draw what the float ones draw, whatever their weights.

use proptest::prelude::*;

use super::folding::tests::generator;
use super::*;
use crate::export::draw::draw;
use crate::export::float;
use crate::export::model_file::ModelFile;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::network::{Network, layers_mut};
use pocketgan_core::recipe::PIXELS;
use pocketgan_core::train::four_bits::round_columns;

const INT8: Scheme = scheme(Precision::Int8, Precision::Int8);
const MIXED: Scheme = scheme(Precision::Int8, Precision::Int4);
const INT4: Scheme = scheme(Precision::Int4, Precision::Int4);

const fn scheme(hidden: Precision, last: Precision) -> Scheme {
    Scheme { hidden, last, trained_in_four_bits: false }
}

/// The pictures of `seeds` by `generator` in integers. Calibrates on fewer pictures than [`quantise`] does.
fn drawn(generator: &Generator, scheme: Scheme, seeds: Range<u32>) -> Vec<Picture> {
    let calibration = 0x8000_0000..0x8000_0200;
    let file = ModelFile::new(&quantise_on(calibration, generator, scheme, &[]).unwrap());
    let model = file.model().unwrap();
    seeds.map(|seed| draw(&model, seed)).collect()
}

/// The mean difference of the pixels of `generator` in integers and in floats.
fn difference(generator: &Generator, scheme: Scheme) -> f64 {
    let seeds = 1000..1100;
    mean_difference(&float::pictures(generator, seeds.clone()), &drawn(generator, scheme, seeds))
}

/// The mean difference of the pixels of `a` and `b`.
fn mean_difference(a: &[Picture], b: &[Picture]) -> f64 {
    let pixels = a.as_flattened().iter().zip(b.as_flattened());
    pixels.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / (a.len() * PIXELS) as f64
}

/// The kernel, `[inputs][outputs]`, and bias of layer `index`, to be changed by `change`, with the number of outputs.
fn change(generator: &mut Generator, index: usize, change: impl FnOnce(usize, &mut [f32], &mut [f32])) {
    let (shape, kernel, bias) = layers_mut(Generator::LAYERS, generator.flat_mut()).nth(index).unwrap();
    change(shape.outputs, kernel, bias);
}

/// Multiplies the weights of output `row` by `factor`.
fn scale_row(kernel: &mut [f32], outputs: usize, row: usize, factor: f32) {
    kernel.iter_mut().skip(row).step_by(outputs).for_each(|weight| *weight *= factor);
}

/// Sets all but the largest `kept` of the weights to 0.
fn prune(kernel: &mut [f32], kept: f64) {
    let mut sizes: Vec<f32> = kernel.iter().map(|weight| weight.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    let smallest_kept = sizes[(sizes.len() as f64 * (1.0 - kept)) as usize];
    kernel.iter_mut().filter(|weight| weight.abs() < smallest_kept).for_each(|weight| *weight = 0.0);
}

#[test]
fn integers_draw_nearly_what_floats_draw_and_more_bits_draw_it_better() {
    let generator = generator();
    let [int8, mixed, int4] = [INT8, MIXED, INT4].map(|scheme| difference(&generator, scheme));
    assert!(int8 < 2.5 && int8 < mixed && mixed < int4 && int4 < 12.0, "{int8}, {mixed}, {int4}");
}

#[test]
fn a_last_layer_trained_in_four_bits_is_drawn_with_the_weights_of_the_training() {
    let mut rounded = generator();
    change(&mut rounded, 4, |outputs, kernel, _| {
        let exact = kernel.to_vec();
        round_columns(Isa::best(), &exact, &mut vec![0.0; outputs], kernel);
    });
    let trained = |scheme: Scheme| Scheme { trained_in_four_bits: true, ..scheme };
    let pictures = |generator: &Generator, scheme| drawn(generator, scheme, 0..50);
    // The exact weights lead to the same integers, and so to the same pictures, as those on the grid, but for the biases.
    let exact = float::pictures(&rounded, 0..50);
    let fitted = mean_difference(&exact, &pictures(&generator(), MIXED));
    let found = mean_difference(&exact, &pictures(&generator(), trained(MIXED)));
    assert!(found < 3.0 && found < 0.5 * fitted, "{found} and {fitted}");
    assert_eq!(pictures(&generator(), trained(INT8)), pictures(&generator(), INT8));
}

#[test]
fn a_generator_of_zeros_draws_grey_pictures() {
    assert_eq!(drawn(&bytemuck::zeroed_box(), scheme(Precision::Int4, Precision::Int8), 0..1), [[128; PIXELS]]);
}

#[test]
fn rows_of_zeros_or_tiny_weights_with_a_bias_cost_the_others_nothing() {
    let schemes = [INT8, MIXED, INT4];
    let unchanged = schemes.map(|scheme| difference(&generator(), scheme));
    for index in 0..5 {
        for (turn, factor) in [0.0, 1e-7].into_iter().enumerate() {
            let mut generator = generator();
            change(&mut generator, index, |outputs, kernel, bias| {
                for row in [3, outputs / 2, outputs - 1] {
                    scale_row(kernel, outputs, row, factor);
                    bias[row] = 0.7 - row as f32 / outputs as f32;
                }
            });
            let kind = (index + turn) % 3;
            let (before, after) = (unchanged[kind], difference(&generator, schemes[kind]));
            assert!(after < 1.3 * before + 0.1, "layer {index}, times {factor}: {after}, was {before}");
        }
    }
}

#[test]
fn a_pixel_without_weights_has_the_shade_of_its_bias() {
    for (scheme, bias, shade) in [(INT8, -0.5, 69), (MIXED, 0.25, 159), (INT4, -30.0, 0), (INT4, 1e30, 255)] {
        let mut generator = generator();
        change(&mut generator, 4, |outputs, kernel, biases| {
            scale_row(kernel, outputs, 3, 0.0);
            biases[3] = bias;
        });
        let shades: Vec<u8> = drawn(&generator, scheme, 0..20).iter().map(|picture| picture[3]).collect();
        assert!(shades.iter().all(|&got| got.abs_diff(shade) <= 1), "{shade}: {shades:?}");
    }
}

#[test]
fn pruned_generators_are_drawn_as_well_as_whole_ones() {
    let mut generator = generator();
    for index in 0..5 {
        change(&mut generator, index, |_, kernel, _| prune(kernel, 0.1));
    }
    let [int8, mixed, int4] = [INT8, MIXED, INT4].map(|scheme| difference(&generator, scheme));
    assert!(int8 < 2.5 && mixed < 6.0 && int4 < 12.0, "{int8}, {mixed}, {int4}");
}

#[test]
fn one_pixel_of_huge_weights_costs_the_others_nothing() {
    let mut generator = generator();
    change(&mut generator, 4, |outputs, kernel, bias| {
        scale_row(kernel, outputs, 3, 1e20);
        bias[3] *= 1e20;
    });
    for (scheme, most) in [(INT8, 2.5), (MIXED, 6.0), (INT4, 12.0)] {
        let difference = difference(&generator, scheme);
        assert!(difference < most, "{difference}");
    }
}

/// A change of some rows of a layer.
#[derive(Clone, Copy, Debug)]
enum Change {
    ScaleWeights(f32),
    /// Weights and bias, and the next layer's weights for it inversely: the network computes the same.
    ScaleUnit(f32),
    Bias(f32),
    Prune(f64),
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::ScaleWeights(0.0)),
        (-35..4_i32).prop_map(|exponent| Change::ScaleWeights(10.0_f32.powi(exponent))),
        (-15..15_i32).prop_map(|exponent| Change::ScaleUnit(10.0_f32.powi(exponent))),
        (-100.0..100.0_f32).prop_map(Change::Bias),
        (0.0..1.0).prop_map(Change::Prune),
    ]
}

fn apply(generator: &mut Generator, index: usize, every: usize, what: Change) {
    change(generator, index, |outputs, kernel, bias| {
        for row in (0..outputs).step_by(every) {
            match what {
                Change::ScaleWeights(factor) => scale_row(kernel, outputs, row, factor),
                Change::ScaleUnit(factor) => {
                    scale_row(kernel, outputs, row, factor);
                    bias[row] *= factor;
                }
                Change::Bias(value) => bias[row] += value,
                Change::Prune(_) => (),
            }
        }
        if let Change::Prune(kept) = what {
            prune(kernel, kept);
        }
    });
    if let (Change::ScaleUnit(factor), true) = (what, index < 4) {
        change(generator, index + 1, |outputs, kernel, _| {
            for row in kernel.chunks_mut(outputs).step_by(every) {
                row.iter_mut().for_each(|weight| *weight /= factor);
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn any_weights_make_a_model_that_draws_nearly_the_same(
        changes in prop::collection::vec((0..5_usize, 1..40_usize, changes()), 1..4),
    ) {
        let mut generator = generator();
        for (index, every, change) in changes {
            apply(&mut generator, index, every, change);
        }
        // Where few units of a layer outweigh the others a hundred times, their 8 bits are all there is: 3.7 grey levels were
        // seen. A scale that is wrong costs tens.
        let difference = difference(&generator, INT8);
        prop_assert!(difference < 8.0, "{difference}");
    }
}
