//! The losses of both networks, and their derivatives with respect to the logits.

use crate::nn::loss::bce;

/// The losses of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Those of a GAN with a non-saturating generator (Goodfellow et al. 2014). The discriminator's loss is the mean
    /// cross-entropy of real images against their label plus that of fakes against 0; the generator's is the mean
    /// cross-entropy of fakes against 1.
    CrossEntropy {
        /// Label of real images in the discriminator's loss.
        real_label: f32,
    },
    /// The relativistic pairing losses (Huang et al. 2024, "The GAN is dead; long live the GAN! A Modern GAN Baseline").
    /// Each fake is paired with a real image. The discriminator's loss is the mean of `softplus(D(fake) - D(real))`; the
    /// generator's is the mean of `softplus(D(real) - D(fake))`.
    RelativisticPairing,
}

/// What a step measured, before the update.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepMetrics {
    /// The discriminator's mean loss.
    pub d_loss: f32,
    /// The generator's mean loss.
    pub g_loss: f32,
    /// Real images that the discriminator classified as real; of pairs, those whose real image has the larger logit.
    pub real_right: u32,
    /// Fakes that it classified as fakes; of pairs, those whose fake has the smaller logit.
    pub fake_right: u32,
}

/// The losses of a step with these numbers of samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Objective {
    pub(super) loss: Loss,
    /// Samples of the whole batch: each loss is a mean over these.
    pub(super) fakes: usize,
    pub(super) reals: usize,
}

/// The logits of some samples and what the losses write for each.
pub(super) struct LogitLosses<'a> {
    pub(super) logits: &'a [f32],
    /// Parts of the discriminator's loss.
    pub(super) losses: &'a mut [f32],
    /// Derivatives of these parts with respect to the logits.
    pub(super) dlogits: &'a mut [f32],
}

impl Objective {
    /// Computes the losses of a shard. Paired losses need as many fakes as real images.
    pub(super) fn losses(&self, reals: LogitLosses<'_>, fakes: LogitLosses<'_>) {
        match self.loss {
            Loss::CrossEntropy { real_label } => {
                cross_entropies(reals, real_label);
                cross_entropies(fakes, 0.0);
            }
            Loss::RelativisticPairing => pairs(reals, fakes),
        }
    }

    /// The derivative of the discriminator's mean loss with respect to the logit of a real image, whose own loss has the
    /// derivative `dlogit`.
    #[inline(always)]
    pub(super) fn of_real(&self, dlogit: f32) -> f32 {
        dlogit / self.reals as f32
    }

    /// The same of a fake.
    #[inline(always)]
    pub(super) fn of_fake(&self, dlogit: f32) -> f32 {
        dlogit / self.fakes as f32
    }

    /// The derivative of the generator's mean loss with respect to the logit of that fake: with both losses, those of the
    /// two networks differ by the logit.
    #[inline(always)]
    pub(super) fn of_generator(&self, dlogit: f32) -> f32 {
        (dlogit - 1.0) / self.fakes as f32
    }

    /// The metrics of a step, summed in the order of the samples: of fakes and real images their logits and their parts
    /// of the discriminator's loss.
    pub(super) fn metrics(&self, fakes: (&[f32], &[f32]), reals: (&[f32], &[f32])) -> StepMetrics {
        let mean = |terms: &[f32]| terms.iter().copied().map(f64::from).sum::<f64>() / terms.len() as f64;
        let ((fake_logits, fake_losses), (real_logits, real_losses)) = (fakes, reals);
        let fake_loss = mean(fake_losses);
        let d_loss = (mean(real_losses) + fake_loss) as f32;
        let count = |right: &mut dyn Iterator<Item = bool>| right.filter(|&right| right).count() as u32;
        match self.loss {
            Loss::CrossEntropy { .. } => StepMetrics {
                d_loss,
                // -ln(sigmoid(x)) = -ln(1 - sigmoid(x)) - x
                g_loss: (fake_loss - mean(fake_logits)) as f32,
                real_right: count(&mut real_logits.iter().map(|&logit| logit > 0.0)),
                fake_right: count(&mut fake_logits.iter().map(|&logit| logit <= 0.0)),
            },
            Loss::RelativisticPairing => {
                let right = count(&mut real_logits.iter().zip(fake_logits).map(|(real, fake)| real > fake));
                // softplus(x) = softplus(-x) + x
                let g_loss = (fake_loss - mean(fake_logits) + mean(real_logits)) as f32;
                StepMetrics { d_loss, g_loss, real_right: right, fake_right: right }
            }
        }
    }
}

/// Cross-entropies against `label`.
fn cross_entropies(samples: LogitLosses<'_>, label: f32) {
    for ((&logit, loss), dlogit) in samples.logits.iter().zip(samples.losses).zip(samples.dlogits) {
        let bce = bce(logit, label);
        (*loss, *dlogit) = (bce.loss, bce.dlogit);
    }
}

/// `softplus(D(fake) - D(real))` of each pair, which is the part of its fake.
fn pairs(reals: LogitLosses<'_>, fakes: LogitLosses<'_>) {
    reals.losses.fill(0.0);
    let logits = fakes.logits.iter().zip(reals.logits);
    let dlogits = fakes.dlogits.iter_mut().zip(reals.dlogits);
    for (((fake, real), loss), (dfake, dreal)) in logits.zip(fakes.losses).zip(dlogits) {
        // softplus(x) is the cross-entropy of the logit x against 0.
        let bce = bce(fake - real, 0.0);
        (*loss, *dfake, *dreal) = (bce.loss, bce.dlogit, -bce.dlogit);
    }
}
