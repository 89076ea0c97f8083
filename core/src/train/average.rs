//! An exponential moving average of weights: what the last few thousand steps agree on, without their noise.

use crate::nn::kernel::Isa;

/// Moves `average` towards `weights`: `average = beta average + (1 - beta) weights`.
///
/// # Panics
/// If they differ in length.
pub fn average(isa: Isa, average: &mut [f32], weights: &[f32], beta: f32) {
    assert_eq!(average.len(), weights.len(), "an average is as long as what it is of");
    isa.vectorised(
        #[inline(always)]
        || average.iter_mut().zip(weights).for_each(|(a, &w)| *a = beta * *a + (1.0 - beta) * w),
    );
}

/// The `beta` for step `step`, counted from 1: less than `full` at first, so that the average forgets where the weights
/// started about as fast as they leave it.
pub fn beta_at_step(full: f32, step: u64) -> f32 {
    let step = step as f32;
    full.min((1.0 + step) / (10.0 + step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_its_formula_with_the_same_bits_everywhere() {
        for isa in Isa::available() {
            let mut averaged = [1.0_f32; 37];
            average(isa, &mut averaged, &[3.0; 37], 0.75);
            assert_eq!(averaged, [1.5; 37]);
            average(isa, &mut averaged, &[0.1; 37], 0.9);
            assert_eq!(averaged, [0.9 * 1.5 + (1.0 - 0.9_f32) * 0.1; 37], "{isa:?}");
        }
    }

    #[test]
    fn the_start_is_forgotten_early_and_the_full_beta_reached_later() {
        assert_eq!(beta_at_step(0.999, 1), 2.0 / 11.0);
        assert_eq!(beta_at_step(0.999, 100_000), 0.999);
        // What remains of the first weights after an epoch.
        let remains: f64 = (1..=235).map(|step| f64::from(beta_at_step(0.9999, step))).product();
        assert!(remains < 1e-9, "{remains}");
    }
}
