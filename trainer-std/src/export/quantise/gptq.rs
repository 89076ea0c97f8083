//! Rounding the weights of an output to integers with error compensation: GPTQ (Frantar et al. 2023, "GPTQ: Accurate
//! Post-Training Quantization for Generative Pre-trained Transformers").
//!
//! What matters is not the error of each weight but that of the output's sum, `Σ (rounded - exact) x`. Its variance over the
//! inputs is a quadratic form of the errors, with the covariance H of the inputs. GPTQ rounds the weights one after the other
//! and adds to those not yet rounded what compensates the error best. With the Cholesky factor L of `H⁻¹ = L Lᵀ`, an error e
//! of weight i changes weight j by `-e L[j][i] / L[i][i]`, and the variance that remains is the sum of all `(e / L[i][i])²`.
//!
//! The inputs differ from those of the float network, because the layers before are quantised too. So the weights w are
//! first replaced by those that reproduce the float sums best from the quantised inputs (linear regression): `w C H⁻¹`, with
//! C the covariance of the float inputs with the quantised ones.

use anyhow::{Context, Result};
use nalgebra::{Cholesky, DMatrix, DVector};
use pocketgan_core::infer::integer::Precision;

use super::moments::{Moments, covariance, means};

/// Weight steps tried for a row, from the one that represents its largest weight down to about half of that.
const STEPS: u32 = 24;

/// Statistics of a layer's quantised inputs, as the rounding of its weights needs them.
pub(super) struct Gptq {
    /// H is its covariance.
    pub(super) moments: Moments,
    /// The order in which weights are rounded: by falling variance of their inputs.
    order: Vec<usize>,
    /// L, in that order.
    factor: DMatrix<f64>,
    /// `H⁻¹ (C - H)ᵀ`: times the weights, what the regression adds to them.
    regression: DMatrix<f64>,
    /// Whether an input is the same in all calibration pictures.
    constant: Vec<bool>,
}

/// The weights of one output as integers.
pub(super) struct IntegerWeights {
    pub(super) weights: Vec<i8>,
    /// What an integer weight of 1 stands for.
    pub(super) step: f64,
}

impl IntegerWeights {
    /// The integers as floats, not multiplied by the step.
    pub(super) fn unscaled(&self) -> DVector<f64> {
        DVector::from_iterator(self.weights.len(), self.weights.iter().map(|&weight| f64::from(weight)))
    }
}

impl Gptq {
    /// Statistics of `x`, the quantised inputs, and `exact`, the float inputs, both `[rows][inputs]`.
    ///
    /// # Errors
    /// If they are not finite.
    pub(super) fn new(x: &[f32], exact: &[f32], inputs: usize) -> Result<Self> {
        let x_means = means(x, inputs);
        let own = covariance((x, &x_means), (x, &x_means));
        let missing = covariance((exact, &means(exact, inputs)), (x, &x_means)) - &own;
        let moments = Moments::damped(x_means, own);
        let h = &moments.covariance;
        let mut order: Vec<usize> = (0..inputs).collect();
        order.sort_by(|&a, &b| h[(b, b)].total_cmp(&h[(a, a)]));
        let inverse = cholesky(h.clone())?.inverse();
        let ordered = DMatrix::from_fn(inputs, inputs, |i, j| inverse[(order[i], order[j])]);
        let regression = cholesky(h.clone())?.solve(&missing.transpose());
        let constant = (0..inputs).map(|input| is_constant(x, inputs, input)).collect();
        Ok(Self { factor: cholesky(ordered)?.unpack(), moments, order, regression, constant })
    }

    /// The weights that reproduce from the quantised inputs what `exact` makes of the float inputs, as nearly as weights
    /// can. That of a constant input is 0: the bias includes what it contributes.
    pub(super) fn refit(&self, exact: &DVector<f64>) -> DVector<f64> {
        let mut weights = exact + &self.regression * exact;
        for (weight, _) in weights.iter_mut().zip(&self.constant).filter(|&(_, &constant)| constant) {
            *weight = 0.0;
        }
        weights
    }

    /// `exact` as integers, with the step of those tried that leaves the smallest error: one that represents the largest
    /// weight, or a smaller one that clips it. No step is below `min_step`.
    pub(super) fn round(&self, exact: &DVector<f64>, min_step: f64, precision: Precision) -> IntegerWeights {
        let largest = exact.amax().max(f64::from(f32::MIN_POSITIVE));
        let full_range = (largest / f64::from(precision.largest())).max(min_step);
        let steps = (0..STEPS).map(|i| full_range * (1.0 - f64::from(i) / f64::from(2 * STEPS)));
        let rounded = steps.filter(|&step| step >= min_step).map(|step| self.round_to(exact, step, precision));
        let (best, _) = rounded.min_by(|(_, a), (_, b)| a.total_cmp(b)).expect("the first step is tried");
        best
    }

    /// `exact` as integers of this step, and the variance of the sum's error.
    fn round_to(&self, exact: &DVector<f64>, step: f64, precision: Precision) -> (IntegerWeights, f64) {
        let inputs = self.order.len();
        let mut left: Vec<f64> = self.order.iter().map(|&input| exact[input]).collect();
        let (mut weights, mut variance) = (vec![0; inputs], 0.0);
        for (i, column) in self.factor.as_slice().chunks_exact(inputs).enumerate() {
            let weight = nearest(left[i], step, precision);
            weights[self.order[i]] = weight;
            let error = (left[i] - f64::from(weight) * step) / column[i];
            variance += error * error;
            for (left, l) in left[i + 1..].iter_mut().zip(&column[i + 1..]) {
                *left -= error * l;
            }
        }
        (IntegerWeights { weights, step }, variance)
    }
}

/// The multiple of `step` that is nearest to `weight` within the range of `precision`.
pub(super) fn nearest(weight: f64, step: f64, precision: Precision) -> i8 {
    let largest = f64::from(precision.largest());
    (weight / step).round().clamp(-largest - 1.0, largest) as i8
}

fn cholesky(matrix: DMatrix<f64>) -> Result<Cholesky<f64, nalgebra::Dyn>> {
    matrix.cholesky().context("the activations are too large")
}

/// Whether input `input` is the same in all rows of `x`, `[rows][inputs]`.
fn is_constant(x: &[f32], inputs: usize, input: usize) -> bool {
    x.iter().skip(input).step_by(inputs).all(|&value| value == x[input])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::quantise::moments::mean;
    use pocketgan_core::random::{Purpose, Stream};

    const INPUTS: usize = 24;

    /// Correlated inputs, as those of a layer are.
    fn inputs(stream: &mut Stream) -> Vec<f32> {
        let row = |stream: &mut Stream| {
            let own: [f32; INPUTS] = core::array::from_fn(|_| stream.symmetric());
            (0..INPUTS).map(move |i| 0.5 + own[i] + own[(i + 1) % INPUTS] + 2.0 * own[i % 3]).collect::<Vec<f32>>()
        };
        (0..2000).flat_map(|_| row(stream)).collect()
    }

    fn weights(stream: &mut Stream, inputs: usize) -> DVector<f64> {
        DVector::from_fn(inputs, |_, _| f64::from(stream.symmetric()))
    }

    fn sum(row: &[f32], weights: &DVector<f64>) -> f64 {
        row.iter().zip(weights).map(|(&x, w)| f64::from(x) * w).sum()
    }

    fn variance(values: &[f32]) -> f64 {
        let mean = mean(values);
        values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / values.len() as f64
    }

    /// The variance over `x` of the sum's rounding error.
    fn error_variance(x: &[f32], exact: &DVector<f64>, rounded: &IntegerWeights) -> f64 {
        let errors = rounded.unscaled() * rounded.step - exact;
        variance(&x.chunks_exact(INPUTS).map(|row| sum(row, &errors) as f32).collect::<Vec<f32>>())
    }

    #[test]
    fn compensated_rounding_errs_less_than_rounding_to_nearest() {
        let mut stream = Stream::at(5, Purpose::Weights, 0);
        let x = inputs(&mut stream);
        let gptq = Gptq::new(&x, &x, INPUTS).unwrap();
        let (mut compensated, mut independent) = (0.0, 0.0);
        for _ in 0..20 {
            let exact = weights(&mut stream, INPUTS);
            let rounded = gptq.round(&exact, 0.0, Precision::Int4);
            let step = rounded.step;
            let weights = exact.iter().map(|&w| nearest(w, step, Precision::Int4)).collect();
            compensated += error_variance(&x, &exact, &rounded);
            independent += error_variance(&x, &exact, &IntegerWeights { weights, step });
        }
        assert!(compensated < 0.5 * independent, "{compensated} and {independent}");
    }

    #[test]
    fn the_predicted_variance_is_that_of_the_sums_error_except_for_damping() {
        let mut stream = Stream::at(6, Purpose::Weights, 0);
        let x = inputs(&mut stream);
        let exact = weights(&mut stream, INPUTS);
        let (rounded, predicted) = Gptq::new(&x, &x, INPUTS).unwrap().round_to(&exact, 0.13, Precision::Int4);
        let measured = error_variance(&x, &exact, &rounded);
        assert!((0.9..=1.0).contains(&(measured / predicted)), "{measured} and {predicted}");
    }

    #[test]
    fn refitted_weights_compensate_for_inexact_inputs() {
        let mut stream = Stream::at(9, Purpose::Weights, 0);
        let exact_inputs = inputs(&mut stream);
        // One input is lost, but it is correlated with others.
        let mut x = exact_inputs.clone();
        x.iter_mut().step_by(INPUTS).for_each(|x| *x = 0.5);
        let gptq = Gptq::new(&x, &exact_inputs, INPUTS).unwrap();
        let exact = weights(&mut stream, INPUTS);
        let lost = |weights: &DVector<f64>| {
            let rows = exact_inputs.chunks_exact(INPUTS).zip(x.chunks_exact(INPUTS));
            variance(&rows.map(|(meant, x)| (sum(x, weights) - sum(meant, &exact)) as f32).collect::<Vec<f32>>())
        };
        let (kept, refit) = (lost(&exact), lost(&gptq.refit(&exact)));
        assert!(refit < 0.2 * kept, "{refit} and {kept}");
        let unchanged = Gptq::new(&exact_inputs, &exact_inputs, INPUTS).unwrap().refit(&exact);
        assert_eq!(unchanged, exact);
    }

    #[test]
    fn an_outlier_is_clipped_if_that_errs_less() {
        let mut stream = Stream::at(7, Purpose::Weights, 0);
        let x: Vec<f32> = (0..200 * 500).map(|_| stream.symmetric()).collect();
        let gptq = Gptq::new(&x, &x, 200).unwrap();
        let mut exact = DVector::from_fn(200, |i, _| (i % 15) as f64 / 7.0 - 1.0);
        assert!((gptq.round(&exact, 0.0, Precision::Int4).step - 1.0 / 7.0).abs() < 1e-9);
        exact[0] = -1.5;
        let rounded = gptq.round(&exact, 0.0, Precision::Int4);
        assert!(rounded.step < 1.2 / 7.0 && rounded.weights[0] == -8, "{}", rounded.step);
    }

    #[test]
    fn no_step_is_below_the_minimum() {
        let mut stream = Stream::at(8, Purpose::Weights, 0);
        let x = inputs(&mut stream);
        let gptq = Gptq::new(&x, &x, INPUTS).unwrap();
        let exact = weights(&mut stream, INPUTS);
        assert_eq!(gptq.round(&exact, 2.5, Precision::Int8).step, 2.5);
        assert_eq!(gptq.round(&DVector::zeros(INPUTS), 2.5, Precision::Int8).weights, [0; INPUTS]);
    }

    #[test]
    fn the_factor_is_that_of_the_inverse_covariance() {
        let mut stream = Stream::at(8, Purpose::Weights, 0);
        let x = inputs(&mut stream);
        let gptq = Gptq::new(&x, &x, INPUTS).unwrap();
        let ordered = DMatrix::from_fn(INPUTS, INPUTS, |i, j| gptq.moments.covariance[(gptq.order[i], gptq.order[j])]);
        let identity = &gptq.factor * gptq.factor.transpose() * ordered;
        assert!((identity - DMatrix::identity(INPUTS, INPUTS)).amax() < 1e-9);
    }

    #[test]
    fn weights_of_constant_inputs_are_left_to_the_bias() {
        let x: Vec<f32> = (0..400).map(|i| if i % 4 == 2 { 0.25 } else { (i * 7 % 13) as f32 }).collect();
        let refit = Gptq::new(&x, &x, 4).unwrap().refit(&DVector::from_row_slice(&[1.0, -1.0, 1e6, 0.5]));
        assert_eq!(refit.as_slice(), [1.0, -1.0, 0.0, 0.5]);
        let all_constant = Gptq::new(&[0.25; 400], &[0.25; 400], 4).unwrap();
        assert_eq!(all_constant.refit(&DVector::from_element(4, 1.0)).as_slice(), [0.0; 4]);
    }

    #[test]
    fn inputs_that_are_not_finite_are_an_error() {
        let mut x = [0.5; 40];
        x[7] = f32::INFINITY;
        assert!(Gptq::new(&x, &x, 4).is_err());
    }
}
