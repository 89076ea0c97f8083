//! Softmax and its cross-entropy, from logits.

/// Replaces `logits` by the probabilities they stand for: `exp(x_i) / Σ_j exp(x_j)`.
pub fn softmax(logits: &mut [f32]) {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for x in logits.iter_mut() {
        // The largest exponent is 0: nothing overflows, and the sum is at least 1.
        *x = libm::expf(*x - largest);
        sum += *x;
    }
    logits.iter_mut().for_each(|x| *x /= sum);
}

/// Cross-entropy in nats between the softmax of `logits` and `class`; `logits` become its derivative with respect to
/// them: the probabilities, less 1 at `class`.
///
/// # Panics
/// If there are no more than `class` logits.
pub fn cross_entropy(logits: &mut [f32], class: usize) -> f32 {
    let of_class = logits[class];
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|&x| libm::expf(x - largest)).sum();
    softmax(logits);
    logits[class] -= 1.0;
    libm::logf(sum) + largest - of_class
}

/// The index of the largest of `values`, the first of equal ones.
pub fn argmax(values: &[f32]) -> usize {
    let better = |best: usize, i: usize| if values[i] > values[best] { i } else { best };
    (0..values.len()).fold(0, better)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 4] = [0.3, -2.0, 1.7, 0.4];

    #[test]
    fn loss_agrees_with_its_definition_in_f64() {
        let sum: f64 = LOGITS.iter().map(|&x| libm::exp(f64::from(x))).sum();
        for (class, &logit) in LOGITS.iter().enumerate() {
            let expected = libm::log(sum) - f64::from(logit);
            assert!((f64::from(cross_entropy(&mut LOGITS.clone(), class)) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn derivative_agrees_with_finite_differences() {
        const STEP: f32 = 1e-2;
        let mut derivative = LOGITS;
        cross_entropy(&mut derivative, 2);
        for i in 0..4 {
            let moved = |by: f32| {
                let mut logits = LOGITS;
                logits[i] += by;
                cross_entropy(&mut logits, 2)
            };
            let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            assert!((derivative[i] - expected).abs() < 1e-4, "{i}: {} is not {expected}", derivative[i]);
        }
    }

    #[test]
    fn probabilities_of_large_logits_are_finite_and_sum_to_one() {
        let mut values = [1e30, -1e30, 1e30];
        softmax(&mut values);
        assert_eq!(values, [0.5, 0.0, 0.5]);
        assert_eq!(cross_entropy(&mut [100.0, 0.0], 1), 100.0);
    }

    #[test]
    fn a_logit_that_is_no_number_is_not_hidden() {
        assert!(cross_entropy(&mut [0.0, f32::NAN], 0).is_nan());
    }

    #[test]
    fn the_first_of_equal_values_is_the_largest() {
        assert_eq!([argmax(&[1.0, 3.0, 3.0, 2.0]), argmax(&[0.0]), argmax(&LOGITS)], [1, 0, 2]);
    }
}
