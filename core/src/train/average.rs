//! The exponential moving average of a network's weights, which has less of the noise of single steps.

use crate::nn::kernel::Isa;

/// Updates the average: `average = beta average + (1 - beta) weights`.
///
/// # Panics
/// If they differ in length.
pub fn average(isa: Isa, average: &mut [f32], weights: &[f32], beta: f32) {
    assert_eq!(average.len(), weights.len(), "the average has as many elements as the weights");
    isa.vectorised(
        #[inline(always)]
        || average.iter_mut().zip(weights).for_each(|(a, &w)| *a = beta * *a + (1.0 - beta) * w),
    );
}

/// The `beta` of step number `step`, counted from 1: at most `full`, and smaller at first, so that the initial weights
/// do not dominate the average (`(1 + step) / (10 + step)`, as in TensorFlow's `ExponentialMovingAverage`).
pub fn beta_at_step(full: f32, step: u64) -> f32 {
    let step = step as f32;
    full.min((1.0 + step) / (10.0 + step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_follows_its_formula_with_the_same_bits_on_every_instruction_set() {
        for isa in Isa::available() {
            let mut averaged = [1.0_f32; 37];
            average(isa, &mut averaged, &[3.0; 37], 0.75);
            assert_eq!(averaged, [1.5; 37]);
            average(isa, &mut averaged, &[0.1; 37], 0.9);
            assert_eq!(averaged, [0.9 * 1.5 + (1.0 - 0.9_f32) * 0.1; 37], "{isa:?}");
        }
    }

    #[test]
    fn the_initial_weights_vanish_in_the_first_epoch_and_beta_reaches_its_limit_later() {
        assert_eq!(beta_at_step(0.999, 1), 2.0 / 11.0);
        assert_eq!(beta_at_step(0.999, 100_000), 0.999);
        // The share of the initial weights after an epoch.
        let share: f64 = (1..=235).map(|step| f64::from(beta_at_step(0.9999, step))).product();
        assert!(share < 1e-9, "{share}");
    }
}
