//! Rounding of a pixel's weights by importance: an error of the pixel's sum shows in proportion to the slope of tanh, which
//! is 0 where the pixel is black or white anyway. So its weights are fitted to the calibration pictures weighted by the
//! squared slope.

use nalgebra::DVector;
use pocketgan_core::infer::integer::Precision;

use super::gptq::IntegerWeights;
use super::moments::Moments;

/// Least squared slope that counts: errors where tanh is saturated must not grow until they show.
const MIN_IMPORTANCE: f32 = 0.002;
/// Of the pictures in which a pixel is saturated, one in this many represents all.
const SATURATED_STRIDE: usize = 16;

/// Integer weights of a pixel, and the averages that its bias has to match.
pub(super) struct PixelWeights {
    pub(super) rounded: IntegerWeights,
    /// The weighted mean of the float sums.
    pub(super) mean_sum: f64,
    /// The weighted means of the inputs.
    pub(super) means: DVector<f64>,
}

/// Fits `rounded`, integers for `exact` with equally weighted pictures, to pictures weighted by importance. `sums`, `[rows]`,
/// are the pixel's in floats; `x`, `[rows][inputs]`, the quantised inputs.
pub(super) fn fit(
    rounded: IntegerWeights,
    exact: &DVector<f64>,
    x: &[f32],
    sums: &[f32],
    min_step: f64,
    precision: Precision,
) -> PixelWeights {
    let weights: Vec<f32> = sums.iter().enumerate().map(|(row, &sum)| importance(row, sum)).collect();
    let moments = Moments::weighted(x, &weights, exact.len());
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let mean_sum = weights.iter().zip(sums).map(|(&weight, &sum)| f64::from(weight) * f64::from(sum)).sum::<f64>();
    let rounded = rounded.descend(exact, &moments, min_step, precision);
    PixelWeights { rounded, mean_sum: mean_sum / total, means: moments.means }
}

/// The weight of picture `row`, in which the pixel has this sum.
fn importance(row: usize, sum: f32) -> f32 {
    let slope = 1.0 - f64::from(sum).tanh().powi(2);
    let square = (slope * slope) as f32;
    match square > MIN_IMPORTANCE {
        true => square,
        false if row.is_multiple_of(SATURATED_STRIDE) => SATURATED_STRIDE as f32 * MIN_IMPORTANCE,
        false => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::random::{Purpose, Stream};

    use crate::export::quantise::gptq::Gptq;
    use crate::export::quantise::moments::{mean, means};

    const INPUTS: usize = 24;
    const ROWS: usize = 4000;
    const DARK: usize = 4;
    const PRECISION: Precision = Precision::Int4;

    fn sum(row: &[f32], weights: &DVector<f64>) -> f64 {
        row.iter().zip(weights).map(|(&x, w)| f64::from(x) * w).sum()
    }

    #[test]
    fn grey_pixels_become_more_exact_at_the_cost_of_black_ones() {
        let mut stream = Stream::at(3, Purpose::Weights, 0);
        let exact = DVector::from_fn(INPUTS, |i, _| if i < DARK { 1.0 } else { f64::from(stream.symmetric()) });
        // The other inputs come in pairs: positively correlated where the pixel is black, negatively where it is grey.
        let row = |row: usize| {
            let black = row.is_multiple_of(2);
            let mut x = [if black { -3.0 } else { 0.0 }; INPUTS];
            for pair in x[DARK..].as_chunks_mut().0 {
                let shared = stream.symmetric();
                *pair = if black { [4.0 * shared; 2] } else { [shared, 0.1 * stream.symmetric() - shared] };
            }
            x
        };
        let x: Vec<f32> = (0..ROWS).flat_map(row).collect();
        let sums: Vec<f32> = x.chunks(INPUTS).map(|x| sum(x, &exact) as f32).collect();
        let gptq = Gptq::new(&x, &x, INPUTS).unwrap();
        let equally = || gptq.round(&exact, 0.0, PRECISION).descend(&exact, &gptq.moments, 0.0, PRECISION);
        let pixel_error = |rounded: &IntegerWeights, mean_sum: f64, means: &DVector<f64>| {
            let weights = rounded.unscaled() * rounded.step;
            let bias = mean_sum - weights.dot(means);
            let errors = x
                .chunks(INPUTS)
                .zip(&sums)
                .map(|(x, &exact)| ((sum(x, &weights) + bias).tanh() - f64::from(exact).tanh()).powi(2));
            errors.sum::<f64>() / ROWS as f64
        };
        let before = pixel_error(&equally(), mean(&sums), &means(&x, INPUTS));
        let PixelWeights { rounded, mean_sum, means } = fit(equally(), &exact, &x, &sums, 0.0, PRECISION);
        let after = pixel_error(&rounded, mean_sum, &means);
        assert!(after < 0.7 * before, "{after} and {before}");
    }

    #[test]
    fn a_pixel_that_is_always_black_is_fitted_too() {
        let rounded = IntegerWeights { weights: vec![1; INPUTS], step: 0.1 };
        let (x, sums) = (vec![0.5; 64 * INPUTS], vec![-30.0; 64]);
        let pixel = fit(rounded, &DVector::from_element(INPUTS, 0.1), &x, &sums, 0.0, PRECISION);
        assert!((pixel.mean_sum + 30.0).abs() < 1e-6 && pixel.rounded.step > 0.0);
        assert!(pixel.means.iter().all(|mean| (mean - 0.5).abs() < 1e-6));
    }
}
