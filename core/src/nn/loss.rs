//! Binary cross-entropy from logits, in its stable form.

/// Cross-entropy of one logit against a label, and its derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bce {
    /// `max(x, 0) - x * label + ln(1 + exp(-|x|))`, in nats.
    pub loss: f32,
    /// Derivative of the loss with respect to the logit: `sigmoid(x) - label`.
    pub dlogit: f32,
}

/// Cross-entropy between `label` (0..=1) and the probability that `logit` stands for.
pub fn bce(logit: f32, label: f32) -> Bce {
    let e = libm::expf(-logit.abs());
    let sigmoid = if logit >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) };
    // Not `f32::max`, which would turn NaN into 0 and hide that a training broke down.
    let positive = if logit < 0.0 { 0.0 } else { logit };
    Bce { loss: positive - logit * label + libm::log1pf(e), dlogit: sigmoid - label }
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
}
