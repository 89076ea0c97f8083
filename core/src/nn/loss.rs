//! Losses of a single sample and their gradients with respect to the network's outputs.

use crate::nn::softmax::softmax;

/// Binary cross-entropy of one logit against a label, and its derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bce {
    /// `max(x, 0) - x * label + ln(1 + exp(-|x|))`, in nats.
    pub loss: f32,
    /// Derivative of the loss with respect to the logit: `sigmoid(x) - label`.
    pub dlogit: f32,
}

/// Binary cross-entropy, in its stable form, between `label` (0..=1) and the probability `sigmoid(logit)`.
pub fn bce(logit: f32, label: f32) -> Bce {
    let e = libm::expf(-logit.abs());
    let sigmoid = if logit >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) };
    // Not `f32::max`, which would turn NaN into 0 and hide that training diverged.
    let positive = if logit < 0.0 { 0.0 } else { logit };
    Bce { loss: positive - logit * label + libm::log1pf(e), dlogit: sigmoid - label }
}

/// Cross-entropy in nats between the softmax of `logits` and `class`. Writes its `gradient` with respect to the logits:
/// the probabilities, less 1 at `class`.
///
/// # Panics
/// If `class` is not below the number of logits, or `gradient` has another length.
pub fn cross_entropy(logits: &[f32], class: usize, gradient: &mut [f32]) -> f32 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|&x| libm::expf(x - largest)).sum();
    gradient.copy_from_slice(logits);
    softmax(gradient);
    gradient[class] -= 1.0;
    libm::logf(sum) + largest - logits[class]
}

/// Mean of the squared differences of `outputs` from `targets`. Writes its `gradient` with respect to the outputs.
///
/// # Panics
/// If the three differ in length.
pub fn mean_squared_error(outputs: &[f32], targets: &[f32], gradient: &mut [f32]) -> f32 {
    assert_eq!(outputs.len(), targets.len(), "one target for each output");
    assert_eq!(outputs.len(), gradient.len(), "one derivative for each output");
    let count = outputs.len() as f32;
    let mut sum = 0.0;
    for ((&output, &target), derivative) in outputs.iter().zip(targets).zip(gradient) {
        let difference = output - target;
        sum += difference * difference;
        *derivative = 2.0 * difference / count;
    }
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_agrees_with_its_definition_in_f64() {
        for (logit, label) in [(0.0_f32, 0.9_f32), (3.0, 0.9), (-3.0, 1.0), (0.7, 0.0), (-12.0, 0.0)] {
            let p = 1.0 / (1.0 + libm::exp(-f64::from(logit)));
            let y = f64::from(label);
            let expected = -(y * libm::log(p) + (1.0 - y) * libm::log(1.0 - p));
            assert!((f64::from(bce(logit, label).loss) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn derivative_agrees_with_finite_differences_for_every_label_in_use() {
        for label in [0.0_f32, 0.9, 1.0] {
            for logit in [-4.0_f32, -0.5, 0.2, 5.0] {
                let h = 1e-2;
                let expected = (bce(logit + h, label).loss - bce(logit - h, label).loss) / (2.0 * h);
                assert!((bce(logit, label).dlogit - expected).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn large_logits_stay_finite_and_nan_is_not_hidden() {
        assert_eq!(bce(1e30, 0.0).loss, 1e30);
        assert_eq!(bce(-1e30, 0.0).loss, 0.0);
        assert!(bce(f32::NAN, 0.9).loss.is_nan());
    }

    const LOGITS: [f32; 4] = [0.3, -2.0, 1.7, 0.4];

    #[test]
    fn cross_entropy_agrees_with_its_definition_in_f64() {
        let sum: f64 = LOGITS.iter().map(|&x| libm::exp(f64::from(x))).sum();
        for (class, &logit) in LOGITS.iter().enumerate() {
            let expected = libm::log(sum) - f64::from(logit);
            assert!((f64::from(cross_entropy(&LOGITS, class, &mut [0.0; 4])) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn cross_entropy_of_large_logits_is_finite_and_nan_is_not_hidden() {
        assert_eq!(cross_entropy(&[100.0, 0.0], 1, &mut [0.0; 2]), 100.0);
        assert!(cross_entropy(&[0.0, f32::NAN], 0, &mut [0.0; 2]).is_nan());
    }

    #[test]
    fn mean_squared_error_agrees_with_its_definition() {
        let mut gradient = [0.0; 2];
        assert_eq!(mean_squared_error(&[1.0, -2.0], &[0.0, 1.0], &mut gradient), 5.0);
        assert_eq!(gradient, [1.0, -3.0]);
    }

    #[test]
    fn gradients_of_several_outputs_agree_with_finite_differences() {
        type Loss = fn(&[f32], &mut [f32]) -> f32;
        let losses: [Loss; 2] = [
            |outputs, gradient| cross_entropy(outputs, 2, gradient),
            |outputs, gradient| mean_squared_error(outputs, &[1.0, 0.0, -1.0, 0.5], gradient),
        ];
        for loss in losses {
            let mut gradient = [0.0; 4];
            loss(&LOGITS, &mut gradient);
            for i in 0..4 {
                let h = 1e-2;
                let at = |offset: f32| {
                    let mut outputs = LOGITS;
                    outputs[i] += offset;
                    loss(&outputs, &mut [0.0; 4])
                };
                let expected = (at(h) - at(-h)) / (2.0 * h);
                assert!((gradient[i] - expected).abs() < 1e-3, "{i}: {} is not {expected}", gradient[i]);
            }
        }
    }
}
