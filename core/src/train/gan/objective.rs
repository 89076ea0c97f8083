//! The losses of both networks: those of a GAN with a non-saturating generator (Goodfellow et al. 2014).
//!
//! The discriminator's loss is the mean cross-entropy of real images against their label plus that of fakes against 0;
//! the generator's is the mean cross-entropy of fakes against 1.

use crate::nn::loss::bce;

/// What a step measured, before the update.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepMetrics {
    /// Mean cross-entropy of the real images' logits against the real label plus that of the fakes' against 0.
    pub d_loss: f32,
    /// Mean cross-entropy of the fakes' logits against 1.
    pub g_loss: f32,
    /// Real images that the discriminator classified as real.
    pub real_right: u32,
    /// Fakes that it classified as fakes.
    pub fake_right: u32,
}

/// The losses of a step.
#[derive(Clone, Copy)]
pub(super) struct Objective {
    /// Label of real images.
    pub(super) real_label: f32,
    /// Samples of the whole batch: each loss is a mean over these.
    pub(super) fakes: usize,
    pub(super) reals: usize,
}

/// A real image's part of the discriminator's loss.
pub(super) struct RealLoss {
    pub(super) loss: f32,
    /// Derivative of the mean loss with respect to the logit.
    pub(super) dlogit: f32,
}

/// A fake's part of both losses.
pub(super) struct FakeLoss {
    /// Of the discriminator.
    pub(super) loss: f32,
    /// Derivative of the discriminator's mean loss with respect to the logit.
    pub(super) discriminator_dlogit: f32,
    /// Derivative of the generator's mean loss with respect to the logit.
    pub(super) generator_dlogit: f32,
}

impl Objective {
    #[inline(always)]
    pub(super) fn real(&self, logit: f32) -> RealLoss {
        let bce = bce(logit, self.real_label);
        RealLoss { loss: bce.loss, dlogit: bce.dlogit / self.reals as f32 }
    }

    #[inline(always)]
    pub(super) fn fake(&self, logit: f32) -> FakeLoss {
        let (bce, count) = (bce(logit, 0.0), self.fakes as f32);
        FakeLoss {
            loss: bce.loss,
            discriminator_dlogit: bce.dlogit / count,
            // The generator's label is 1, and derivatives differ as labels do.
            generator_dlogit: (bce.dlogit - 1.0) / count,
        }
    }

    /// The metrics of a step, summed in the order of the samples: of fakes and real images their logits and their parts
    /// of the discriminator's loss.
    pub(super) fn metrics(fakes: (&[f32], &[f32]), reals: (&[f32], &[f32])) -> StepMetrics {
        let mean = |terms: &[f32]| terms.iter().copied().map(f64::from).sum::<f64>() / terms.len() as f64;
        let ((fake_logits, fake_losses), (real_logits, real_losses)) = (fakes, reals);
        let fake_loss = mean(fake_losses);
        StepMetrics {
            d_loss: (mean(real_losses) + fake_loss) as f32,
            // -ln(sigmoid(x)) = -ln(1 - sigmoid(x)) - x
            g_loss: (fake_loss - mean(fake_logits)) as f32,
            real_right: real_logits.iter().filter(|&&logit| logit > 0.0).count() as u32,
            fake_right: fake_logits.iter().filter(|&&logit| logit <= 0.0).count() as u32,
        }
    }
}
