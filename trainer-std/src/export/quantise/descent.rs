//! Integers that were found one after the other, looked at again: single weights are moved by whole steps as long as that
//! lowers the variance of the sum's error (coordinate descent), in a step of the best length for the integers there are.

use pocketgan_core::infer::integer::Precision;

use super::rounding::{Rounded, nearest};
use super::spread::{Spread, dot};

/// Times that all weights of a row are looked at again.
const MOST_ROUNDS: usize = 20;

impl Rounded {
    /// `self`, which stands for `exact`, with an error that varies less over inputs that are spread like this.
    pub(super) fn descend(mut self, exact: &[f64], spread: &Spread, precision: Precision) -> Self {
        for _ in 0..MOST_ROUNDS {
            self.step = self.best_step(exact, spread);
            let mut slopes = spread.times_covariance(&self.errors(exact));
            if !self.move_each(&mut slopes, spread, precision) {
                break;
            }
        }
        self
    }

    /// How far each weight is from that in `exact`.
    pub(super) fn errors(&self, exact: &[f64]) -> Vec<f64> {
        self.weights.iter().zip(exact).map(|(&weight, exact)| f64::from(weight) * self.step - exact).collect()
    }

    /// The step with which these integers leave the smallest error.
    fn best_step(&self, exact: &[f64], spread: &Spread) -> f64 {
        let weights: Vec<f64> = self.weights.iter().map(|&weight| f64::from(weight)).collect();
        let products = spread.times_covariance(&weights);
        let step = dot(exact, &products) / dot(&weights, &products);
        // Where all integers are 0, one step is as good as another.
        if step.is_normal() && step > 0.0 { step } else { self.step }
    }

    /// Moves each weight to where the error is smallest, the others as they are; whether one moved. `slopes` are the
    /// covariance times the errors.
    fn move_each(&mut self, slopes: &mut [f64], spread: &Spread, precision: Precision) -> bool {
        let mut moved = false;
        for (i, row) in spread.covariance.chunks_exact(slopes.len()).enumerate() {
            let now = f64::from(self.weights[i]) * self.step;
            let weight = nearest(now - slopes[i] / row[i], self.step, precision);
            if weight != self.weights[i] {
                let by = f64::from(weight) * self.step - now;
                slopes.iter_mut().zip(row).for_each(|(slope, h)| *slope += by * h);
                self.weights[i] = weight;
                moved = true;
            }
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::random::{Purpose, Stream};

    const INPUTS: usize = 24;

    /// Weights and inputs that depend on each other.
    fn example(seed: u64) -> (Vec<f64>, Spread) {
        let mut stream = Stream::at(seed, Purpose::Weights, 0);
        let exact = (0..INPUTS).map(|_| f64::from(stream.symmetric())).collect();
        let row = |stream: &mut Stream| {
            let own: [f32; INPUTS] = core::array::from_fn(|_| stream.symmetric());
            core::array::from_fn::<f32, INPUTS, _>(|i| own[i] + own[(i + 1) % INPUTS])
        };
        let x: Vec<f32> = (0..500).flat_map(|_| row(&mut stream)).collect();
        (exact, Spread::of(&x, INPUTS))
    }

    fn variance(rounded: &Rounded, exact: &[f64], spread: &Spread) -> f64 {
        let errors = rounded.errors(exact);
        dot(&errors, &spread.times_covariance(&errors))
    }

    /// Every weight rounded alone.
    fn nearest_integers(exact: &[f64]) -> Rounded {
        let step = 1.0 / 7.0;
        Rounded { weights: exact.iter().map(|&weight| nearest(weight, step, Precision::Int4)).collect(), step }
    }

    #[test]
    fn the_error_shrinks_until_no_single_weight_can_be_moved_to_a_better_place() {
        let mut gains = Vec::new();
        for seed in 0..10 {
            let (exact, spread) = example(seed);
            let before = variance(&nearest_integers(&exact), &exact, &spread);
            let mut found = nearest_integers(&exact).descend(&exact, &spread, Precision::Int4);
            let after = variance(&found, &exact, &spread);
            gains.push(after / before);
            for i in 0..INPUTS {
                let weight = found.weights[i];
                for moved in [(weight - 1).max(-8), (weight + 1).min(7)] {
                    found.weights[i] = moved;
                    assert!(variance(&found, &exact, &spread) >= after - 1e-12);
                }
                found.weights[i] = weight;
            }
        }
        assert!(gains.iter().all(|&gain| gain <= 1.0) && gains.iter().sum::<f64>() < 7.0, "{gains:?}");
    }

    #[test]
    fn integers_of_zero_stay_what_they_are() {
        let (_, spread) = example(1);
        let found = Rounded { weights: vec![0; INPUTS], step: 0.5 }.descend(&[0.0; INPUTS], &spread, Precision::Int4);
        assert_eq!((found.weights, found.step), (vec![0; INPUTS], 0.5));
    }
}
