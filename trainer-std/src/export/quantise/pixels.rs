//! Rounding the weights of a pixel to few bits where it matters.
//!
//! What tanh makes of a sum tells how much an error of the sum is worth: nothing where the pixel is black or white anyway,
//! most on the edge of a stroke. So each pixel's weights are fitted to the pictures of calibration by the square of tanh's
//! slope there.

use pocketgan_core::infer::integer::Precision;

use super::rounding::Rounded;
use super::spread::Spread;

/// What an error counts where tanh is flat, of what it counts where tanh is steepest: it must not grow until it shows.
const FLAT: f32 = 0.002;
/// Of the pictures in which a pixel is flat one in so many is looked at, and counts for all of them.
const FLAT_PICTURES: usize = 16;

/// Weights of a pixel in integers, and what its bias has to bring together.
pub(super) struct Pixel {
    pub(super) rounded: Rounded,
    /// The mean sum that is meant, over the pictures as they count.
    pub(super) mean_sum: f64,
    /// The means of the inputs, over the same.
    pub(super) means: Vec<f64>,
}

/// `rounded`, which stands for `exact` in all pictures alike, fitted to those that matter. `sums`, `[rows]`, are the pixel's
/// as meant; `x`, `[rows][inputs]`, the inputs that it has.
pub(super) fn fit(rounded: Rounded, exact: &[f64], x: &[f32], sums: &[f32], precision: Precision) -> Pixel {
    let weights: Vec<f32> = sums.iter().enumerate().map(|(row, &sum)| weight(row, sum)).collect();
    let spread = Spread::weighted(x, &weights, exact.len());
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let mean_sum = weights.iter().zip(sums).map(|(&weight, &sum)| f64::from(weight) * f64::from(sum)).sum::<f64>();
    let rounded = rounded.descend(exact, &spread, precision);
    Pixel { rounded, mean_sum: mean_sum / total, means: spread.means }
}

/// What picture `row`, in which the pixel has this sum, counts.
fn weight(row: usize, sum: f32) -> f32 {
    let slope = 1.0 - f64::from(sum).tanh().powi(2);
    let square = (slope * slope) as f32;
    match square > FLAT {
        true => square,
        false if row.is_multiple_of(FLAT_PICTURES) => FLAT_PICTURES as f32 * FLAT,
        false => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::random::{Purpose, Stream};

    use crate::export::quantise::rounding::Statistics;
    use crate::export::quantise::spread::{dot, means};

    const INPUTS: usize = 24;
    const ROWS: usize = 4000;
    const DARK: usize = 4;

    #[test]
    fn a_pixel_is_drawn_better_where_it_is_grey_at_the_cost_of_where_it_is_black() {
        let mut stream = Stream::at(3, Purpose::Weights, 0);
        let exact: Vec<f64> = (0..INPUTS).map(|i| if i < DARK { 1.0 } else { f64::from(stream.symmetric()) }).collect();
        // Other inputs come in pairs, which pull together where the pixel is black and against each other where it is grey.
        let row = |row: usize| {
            let black = row.is_multiple_of(2);
            let mut x = [if black { -3.0 } else { 0.0 }; INPUTS];
            for pair in x[DARK..].as_chunks_mut().0 {
                let pull = stream.symmetric();
                *pair = if black { [4.0 * pull; 2] } else { [pull, 0.1 * stream.symmetric() - pull] };
            }
            x
        };
        let x: Vec<f32> = (0..ROWS).flat_map(row).collect();
        let sum = |row: &[f32], weights: &[f64]| row.iter().zip(weights).map(|(&x, w)| f64::from(x) * w).sum::<f64>();
        let sums: Vec<f32> = x.chunks(INPUTS).map(|x| sum(x, &exact) as f32).collect();
        let statistics = Statistics::of(&x, &x, INPUTS);
        let alike = || statistics.round(&exact, Precision::Int4);
        let bias = |rounded: &Rounded, mean_sum: f64, means: &[f64]| {
            let weights: Vec<f64> = rounded.weights.iter().map(|&weight| f64::from(weight) * rounded.step).collect();
            let bias = mean_sum - dot(&weights, means);
            (weights, bias)
        };
        let of_pixels = |(weights, bias): (Vec<f64>, f64)| {
            let errors = x.chunks(INPUTS).zip(&sums).map(|(x, &meant)| {
                let drawn = (sum(x, &weights) + bias).tanh();
                (drawn - f64::from(meant).tanh()).powi(2)
            });
            errors.sum::<f64>() / ROWS as f64
        };
        let before = of_pixels(bias(&alike(), means(&sums, 1)[0], &means(&x, INPUTS)));
        let Pixel { rounded, mean_sum, means } = fit(alike(), &exact, &x, &sums, Precision::Int4);
        let after = of_pixels(bias(&rounded, mean_sum, &means));
        assert!(after < 0.7 * before, "{after} against {before}");
    }

    #[test]
    fn a_pixel_that_is_always_black_is_fitted_as_well() {
        let rounded = Rounded { weights: vec![1; INPUTS], step: 0.1 };
        let (x, sums) = (vec![0.5; 64 * INPUTS], vec![-30.0; 64]);
        let pixel = fit(rounded, &[0.1; INPUTS], &x, &sums, Precision::Int4);
        assert!((pixel.mean_sum + 30.0).abs() < 1e-6 && pixel.rounded.step > 0.0);
        assert!(pixel.means.iter().all(|mean| (mean - 0.5).abs() < 1e-6));
    }
}
