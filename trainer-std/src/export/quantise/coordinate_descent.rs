//! Coordinate descent on integer weights: after rounding, single weights are changed as long as that lowers the variance of
//! the sum's error, alternating with the least-squares step for the integers.

use nalgebra::DVector;
use pocketgan_core::infer::integer::Precision;

use super::gptq::{IntegerWeights, nearest};
use super::moments::Moments;

/// Passes over the weights of a row at most.
const MAX_PASSES: usize = 20;

impl IntegerWeights {
    /// Integers for `exact` with a smaller variance of the sum's error over inputs of these moments. The step stays at
    /// least `min_step`.
    pub(super) fn descend(
        mut self,
        exact: &DVector<f64>,
        moments: &Moments,
        min_step: f64,
        precision: Precision,
    ) -> Self {
        for _ in 0..MAX_PASSES {
            self.step = self.least_squares_step(exact, moments).max(min_step);
            let mut gradient = moments.times_covariance(&self.errors(exact));
            if !self.pass(&mut gradient, moments, precision) {
                break;
            }
        }
        self
    }

    /// Errors of the weights.
    fn errors(&self, exact: &DVector<f64>) -> DVector<f64> {
        self.unscaled() * self.step - exact
    }

    /// The step with which these integers leave the smallest error.
    fn least_squares_step(&self, exact: &DVector<f64>, moments: &Moments) -> f64 {
        let weights = self.unscaled();
        let products = moments.times_covariance(&weights);
        let step = exact.dot(&products) / weights.dot(&products);
        // If all integers are 0, any step is as good as another.
        if step.is_normal() && step > 0.0 { step } else { self.step }
    }

    /// Sets each weight to its optimum given the others; returns whether any changed. `gradient` is the covariance times the
    /// errors.
    fn pass(&mut self, gradient: &mut DVector<f64>, moments: &Moments, precision: Precision) -> bool {
        let mut changed = false;
        for (i, covariance) in moments.covariance.column_iter().enumerate() {
            let current = f64::from(self.weights[i]) * self.step;
            let weight = nearest(current - gradient[i] / covariance[i], self.step, precision);
            if weight != self.weights[i] {
                gradient.axpy(f64::from(weight) * self.step - current, &covariance, 1.0);
                self.weights[i] = weight;
                changed = true;
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::random::{Purpose, Stream};

    const INPUTS: usize = 24;

    /// Weights and correlated inputs.
    fn example(seed: u64) -> (DVector<f64>, Moments) {
        let mut stream = Stream::at(seed, Purpose::Weights, 0);
        let exact = DVector::from_fn(INPUTS, |_, _| f64::from(stream.symmetric()));
        let row = |stream: &mut Stream| {
            let own: [f32; INPUTS] = core::array::from_fn(|_| stream.symmetric());
            core::array::from_fn::<f32, INPUTS, _>(|i| own[i] + own[(i + 1) % INPUTS])
        };
        let x: Vec<f32> = (0..500).flat_map(|_| row(&mut stream)).collect();
        (exact, Moments::of(&x, INPUTS))
    }

    fn variance(rounded: &IntegerWeights, exact: &DVector<f64>, moments: &Moments) -> f64 {
        let errors = rounded.errors(exact);
        errors.dot(&moments.times_covariance(&errors))
    }

    fn rounded_to_nearest(exact: &DVector<f64>) -> IntegerWeights {
        let step = 1.0 / 7.0;
        IntegerWeights { weights: exact.iter().map(|&weight| nearest(weight, step, Precision::Int4)).collect(), step }
    }

    #[test]
    fn the_error_falls_to_where_no_single_change_lowers_it() {
        let mut gains = Vec::new();
        for seed in 0..10 {
            let (exact, moments) = example(seed);
            let before = variance(&rounded_to_nearest(&exact), &exact, &moments);
            let mut found = rounded_to_nearest(&exact).descend(&exact, &moments, 0.0, Precision::Int4);
            let after = variance(&found, &exact, &moments);
            gains.push(after / before);
            for i in 0..INPUTS {
                let weight = found.weights[i];
                for changed in [(weight - 1).max(-8), (weight + 1).min(7)] {
                    found.weights[i] = changed;
                    assert!(variance(&found, &exact, &moments) >= after - 1e-12);
                }
                found.weights[i] = weight;
            }
        }
        assert!(gains.iter().all(|&gain| gain <= 1.0) && gains.iter().sum::<f64>() < 7.0, "{gains:?}");
    }

    #[test]
    fn the_step_stays_at_least_the_minimum() {
        let (exact, moments) = example(1);
        let rounded = IntegerWeights { weights: rounded_to_nearest(&exact).weights, step: 0.5 };
        assert_eq!(rounded.descend(&exact, &moments, 0.5, Precision::Int4).step, 0.5);
    }

    #[test]
    fn zeros_stay_zeros() {
        let (_, moments) = example(1);
        let zeros = IntegerWeights { weights: vec![0; INPUTS], step: 0.5 };
        let found = zeros.descend(&DVector::zeros(INPUTS), &moments, 0.0, Precision::Int4);
        assert_eq!((found.weights, found.step), (vec![0; INPUTS], 0.5));
    }
}
