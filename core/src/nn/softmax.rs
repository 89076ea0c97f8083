//! Softmax, and the most probable class.

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
    fn probabilities_of_large_logits_are_finite_and_sum_to_one() {
        let mut values = [1e30, -1e30, 1e30];
        softmax(&mut values);
        assert_eq!(values, [0.5, 0.0, 0.5]);
    }

    #[test]
    fn the_first_of_equal_values_is_the_largest() {
        assert_eq!([argmax(&[1.0, 3.0, 3.0, 2.0]), argmax(&[0.0]), argmax(&LOGITS)], [1, 0, 2]);
    }
}
