//! Metrics of an epoch, summed over its batches.

use pocketgan_core::train::gan::StepMetrics;
use serde::{Deserialize, Serialize};

/// Sums over the steps of an epoch. Part of a checkpoint, since a run can stop within an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sums {
    steps: u32,
    d_loss: f64,
    g_loss: f64,
    reals: u64,
    fakes: u64,
    real_right: u64,
    fake_right: u64,
}

impl Sums {
    pub(crate) fn add(&mut self, metrics: &StepMetrics, reals: usize, fakes: usize) {
        self.steps += 1;
        self.d_loss += f64::from(metrics.d_loss);
        self.g_loss += f64::from(metrics.g_loss);
        self.reals += reals as u64;
        self.fakes += fakes as u64;
        self.real_right += u64::from(metrics.real_right);
        self.fake_right += u64::from(metrics.fake_right);
    }

    pub(crate) fn means(&self) -> Means {
        let steps = f64::from(self.steps.max(1));
        Means {
            d_loss: self.d_loss / steps,
            g_loss: self.g_loss / steps,
            real_accuracy: self.real_right as f64 / self.reals.max(1) as f64,
            fake_accuracy: self.fake_right as f64 / self.fakes.max(1) as f64,
        }
    }
}

/// Means of an epoch: of losses over its steps, of the discriminator's accuracy over its images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    pub(crate) d_loss: f64,
    pub(crate) g_loss: f64,
    pub(crate) real_accuracy: f64,
    pub(crate) fake_accuracy: f64,
}

#[cfg(test)]
impl Sums {
    pub(super) fn add_losses(&mut self, loss: f64) {
        self.d_loss += loss;
        self.g_loss -= loss;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_over_steps_and_accuracies_over_images() {
        let mut sums = Sums::default();
        sums.add(&StepMetrics { d_loss: 1.0, g_loss: 2.0, real_right: 10, fake_right: 0 }, 20, 40);
        sums.add(&StepMetrics { d_loss: 3.0, g_loss: 2.0, real_right: 4, fake_right: 20 }, 8, 40);
        let means = sums.means();
        assert_eq!((means.d_loss, means.g_loss, means.real_accuracy, means.fake_accuracy), (2.0, 2.0, 0.5, 0.25));
    }
}
