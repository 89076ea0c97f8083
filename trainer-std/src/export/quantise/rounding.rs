//! Rounding the weights of an output to few bits such that their errors make up for each other.
//!
//! What matters is not the error of each weight but that of the sum, `Σ (rounded - exact) * x` over the inputs that occur:
//! its variance is a quadratic form of the errors, with the covariance H of the inputs. So weights are rounded one after
//! the other, and each error is made up for, as well as can be, by those that are still to come (Frantar et al., GPTQ,
//! 2023). With `H⁻¹ = Uᵀ U`, U upper triangular, the best correction of weight j for an error of weight i is
//! `-error * U[i][j] / U[i][i]`, and the variance that remains is the sum of all `(error / U[i][i])²`.
//!
//! The inputs themselves are not what they were meant to be, since the layers before were rounded as well. So what is
//! rounded is not the weights w as they were trained but those that make of the inexact inputs the sums that were meant:
//! `w C H⁻¹`, with the covariance C of the inputs that were meant and those there are (linear regression).

use pocketgan_core::infer::integer::Precision;

use super::spread::{Spread, covariance, means};

/// Steps tried for the weights of a row, from the one that reaches its largest down to half of that.
const STEPS: u32 = 24;

/// How the inputs of a layer are spread, and how far from those that were meant.
pub(super) struct Statistics {
    /// H is its covariance.
    pub(super) spread: Spread,
    /// The inputs in the order in which their weights are rounded: those that vary most come first.
    order: Vec<usize>,
    /// U, in that order: `[inputs][inputs]`.
    upper: Vec<f64>,
    /// What weights w for the inputs that were meant lack to be the best ones for these: `w refit`, `[inputs][inputs]`.
    refit: Vec<f64>,
}

/// Weights of integers.
pub(super) struct Rounded {
    pub(super) weights: Vec<i8>,
    /// What 1 of a weight stands for.
    pub(super) step: f64,
}

impl Statistics {
    /// Those of `x`, `[rows][inputs]`, in whose place `meant` would have been.
    pub(super) fn of(x: &[f32], meant: &[f32], inputs: usize) -> Self {
        let own_means = means(x, inputs);
        let own = covariance((x, &own_means), (x, &own_means));
        let mut missing = covariance((meant, &means(meant, inputs)), (x, &own_means));
        missing.iter_mut().zip(&own).for_each(|(missing, own)| *missing -= own);
        let spread = Spread::damped(own_means, own);
        let covariance = &spread.covariance;
        let mut order: Vec<usize> = (0..inputs).collect();
        order.sort_by(|&a, &b| covariance[b * inputs + b].total_cmp(&covariance[a * inputs + a]));
        let ordered = order.iter().flat_map(|&row| order.iter().map(move |&column| (row, column)));
        let ordered = ordered.map(|(row, column)| covariance[row * inputs + column]).collect();
        let upper = inverse(factor(ordered, inputs), inputs);
        let refit = times_inverse(&missing, &upper, &order);
        Self { spread, order, upper, refit }
    }

    /// The weights with which these inputs make the sums that `exact` would have made of those that were meant, as nearly
    /// as weights can.
    pub(super) fn refit(&self, exact: &[f64]) -> Vec<f64> {
        let mut refit = exact.to_vec();
        for (w, row) in exact.iter().zip(self.refit.chunks_exact(exact.len())) {
            refit.iter_mut().zip(row).for_each(|(refit, r)| *refit += w * r);
        }
        refit
    }

    /// `exact` in integers, in the step that leaves the smallest error: the one that reaches the largest weight, or a
    /// smaller one that cuts some off.
    pub(super) fn round(&self, exact: &[f64], precision: Precision) -> Rounded {
        let largest = exact.iter().fold(f64::from(f32::MIN_POSITIVE), |max, w| max.max(w.abs()));
        let whole = largest / f64::from(precision.largest());
        let steps = (0..STEPS).map(|i| whole * (1.0 - f64::from(i) / f64::from(2 * STEPS)));
        let rounded = steps.map(|step| self.round_to(exact, step, precision));
        let (best, _) = rounded.min_by(|(_, a), (_, b)| a.total_cmp(b)).expect("there are steps");
        best.descend(exact, &self.spread, precision)
    }

    /// `exact` in integers of this step, and the variance of the sum's error.
    fn round_to(&self, exact: &[f64], step: f64, precision: Precision) -> (Rounded, f64) {
        let inputs = self.order.len();
        let mut left: Vec<f64> = self.order.iter().map(|&input| exact[input]).collect();
        let (mut weights, mut loss) = (vec![0; inputs], 0.0);
        for (i, row) in self.upper.chunks_exact(inputs).enumerate() {
            let weight = nearest(left[i], step, precision);
            weights[self.order[i]] = weight;
            let error = (left[i] - f64::from(weight) * step) / row[i];
            loss += error * error;
            for (left, u) in left[i + 1..].iter_mut().zip(&row[i + 1..]) {
                *left -= error * u;
            }
        }
        (Rounded { weights, step }, loss)
    }
}

/// The number of steps that is nearest to `weight`.
pub(super) fn nearest(weight: f64, step: f64, precision: Precision) -> i8 {
    let largest = f64::from(precision.largest());
    (weight / step).round().clamp(-largest - 1.0, largest) as i8
}

/// `m H⁻¹`, with `H⁻¹ = Uᵀ U` in the given `order` of its rows and columns.
fn times_inverse(m: &[f64], upper: &[f64], order: &[usize]) -> Vec<f64> {
    let n = order.len();
    let mut product = vec![0.0; n * n];
    for (product, m) in product.chunks_exact_mut(n).zip(m.chunks_exact(n)) {
        for (k, u) in upper.chunks_exact(n).enumerate() {
            let sum: f64 = (k..n).map(|j| m[order[j]] * u[j]).sum();
            (k..n).for_each(|j| product[order[j]] += sum * u[j]);
        }
    }
    product
}

/// R, upper triangular, with `R Rᵀ` the positive definite `h`: Cholesky's decomposition, from the end.
fn factor(mut h: Vec<f64>, n: usize) -> Vec<f64> {
    for j in (0..n).rev() {
        let diagonal = h[j * n + j].sqrt();
        for i in 0..=j {
            h[i * n + j] /= diagonal;
        }
        for i in 0..j {
            let r = h[i * n + j];
            for k in 0..=i {
                h[k * n + i] -= r * h[k * n + j];
            }
        }
        h[j * n..j * n + j].fill(0.0);
    }
    h
}

/// The inverse of the upper triangular `r`.
fn inverse(r: Vec<f64>, n: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; n * n];
    for i in (0..n).rev() {
        inverse[i * n + i] = 1.0 / r[i * n + i];
        for j in i + 1..n {
            let sum: f64 = (i + 1..=j).map(|k| r[i * n + k] * inverse[k * n + j]).sum();
            inverse[i * n + j] = -sum / r[i * n + i];
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::random::{Purpose, Stream};

    const INPUTS: usize = 24;

    /// Inputs that depend on each other, as those of a layer do.
    fn inputs(stream: &mut Stream) -> Vec<f32> {
        let row = |stream: &mut Stream| {
            let own: [f32; INPUTS] = core::array::from_fn(|_| stream.symmetric());
            (0..INPUTS).map(move |i| 0.5 + own[i] + own[(i + 1) % INPUTS] + 2.0 * own[i % 3]).collect::<Vec<f32>>()
        };
        (0..2000).flat_map(|_| row(stream)).collect()
    }

    /// The variance over `x` of what rounding does to the sum.
    fn variance(x: &[f32], exact: &[f64], rounded: &Rounded) -> f64 {
        let errors: Vec<f64> =
            exact.iter().zip(&rounded.weights).map(|(w, &q)| f64::from(q) * rounded.step - w).collect();
        let sums: Vec<f32> = x
            .chunks_exact(INPUTS)
            .map(|row| row.iter().zip(&errors).map(|(&x, e)| f64::from(x) * e).sum::<f64>() as f32)
            .collect();
        let means = means(&sums, 1);
        covariance((&sums, &means), (&sums, &means))[0]
    }

    #[test]
    fn errors_that_make_up_for_each_other_disturb_the_sum_less_than_the_nearest_numbers_do() {
        let mut stream = Stream::at(5, Purpose::Weights, 0);
        let x = inputs(&mut stream);
        let statistics = Statistics::of(&x, &x, INPUTS);
        let (mut together, mut alone) = (0.0, 0.0);
        for _ in 0..20 {
            let exact: Vec<f64> = (0..INPUTS).map(|_| f64::from(stream.symmetric())).collect();
            let rounded = statistics.round(&exact, Precision::Int4);
            let step = rounded.step;
            let weights = exact.iter().map(|&w| nearest(w, step, Precision::Int4)).collect();
            together += variance(&x, &exact, &rounded);
            alone += variance(&x, &exact, &Rounded { weights, step });
        }
        assert!(together < 0.5 * alone, "{together} against {alone}");
    }

    #[test]
    fn the_loss_is_the_variance_of_the_sums_error_but_for_damping() {
        let mut stream = Stream::at(6, Purpose::Weights, 0);
        let x = inputs(&mut stream);
        let exact: Vec<f64> = (0..INPUTS).map(|_| f64::from(stream.symmetric())).collect();
        let (rounded, loss) = Statistics::of(&x, &x, INPUTS).round_to(&exact, 0.13, Precision::Int4);
        let variance = variance(&x, &exact, &rounded);
        assert!((0.9..=1.0).contains(&(variance / loss)), "{variance} against {loss}");
    }

    #[test]
    fn weights_make_up_for_inputs_that_are_not_what_was_meant() {
        let mut stream = Stream::at(9, Purpose::Weights, 0);
        let meant = inputs(&mut stream);
        // One input is lost; but the others know much of it.
        let mut x = meant.clone();
        x.iter_mut().step_by(INPUTS).for_each(|x| *x = 0.5);
        let statistics = Statistics::of(&x, &meant, INPUTS);
        let exact: Vec<f64> = (0..INPUTS).map(|_| f64::from(stream.symmetric())).collect();
        let lost = |weights: &[f64]| {
            let sum =
                |row: &[f32], weights: &[f64]| row.iter().zip(weights).map(|(&x, w)| f64::from(x) * w).sum::<f64>();
            let rows = meant.chunks_exact(INPUTS).zip(x.chunks_exact(INPUTS));
            let errors: Vec<f32> = rows.map(|(meant, x)| (sum(x, weights) - sum(meant, &exact)) as f32).collect();
            let means = means(&errors, 1);
            covariance((&errors, &means), (&errors, &means))[0]
        };
        let (kept, refit) = (lost(&exact), lost(&statistics.refit(&exact)));
        assert!(refit < 0.2 * kept, "{refit} against {kept}");
        let unchanged = Statistics::of(&meant, &meant, INPUTS).refit(&exact);
        assert_eq!(unchanged, exact);
    }

    #[test]
    fn a_stray_weight_is_cut_off_where_that_loses_less() {
        let mut stream = Stream::at(7, Purpose::Weights, 0);
        let x: Vec<f32> = (0..200 * 500).map(|_| stream.symmetric()).collect();
        let statistics = Statistics::of(&x, &x, 200);
        let mut exact: Vec<f64> = (0..200).map(|i| f64::from(i % 15 - 7) / 7.0).collect();
        assert!((statistics.round(&exact, Precision::Int4).step - 1.0 / 7.0).abs() < 1e-9);
        exact[0] = -1.5;
        let rounded = statistics.round(&exact, Precision::Int4);
        assert!(rounded.step < 1.2 / 7.0 && rounded.weights[0] == -8, "{}", rounded.step);
    }

    #[test]
    fn the_factors_of_a_matrix_multiply_back_to_it() {
        let mut stream = Stream::at(8, Purpose::Weights, 0);
        let x = inputs(&mut stream);
        let means = means(&x, INPUTS);
        let h = covariance((&x, &means), (&x, &means));
        let r = factor(h.clone(), INPUTS);
        let u = inverse(r.clone(), INPUTS);
        let entry = |i: usize, j: usize| (0..INPUTS).map(|k| r[i * INPUTS + k] * r[j * INPUTS + k]).sum::<f64>();
        let unit = |i: usize, j: usize| (0..INPUTS).map(|k| r[i * INPUTS + k] * u[k * INPUTS + j]).sum::<f64>();
        for (i, j) in (0..INPUTS).flat_map(|i| (0..INPUTS).map(move |j| (i, j))) {
            assert!((entry(i, j) - h[i * INPUTS + j]).abs() < 1e-9);
            assert!((unit(i, j) - f64::from(u8::from(i == j))).abs() < 1e-9);
        }
    }

    #[test]
    fn inputs_that_never_change_are_no_obstacle() {
        let statistics = Statistics::of(&[0.25; 4 * 100], &[0.25; 4 * 100], 4);
        assert_eq!(statistics.round(&[0.0, 1.0, -1.0, 0.5], Precision::Int8).weights, [0, 127, -127, 64]);
    }
}
