//! The evaluator: the classifier, and its features of the test images, which generated pictures are compared with.

#[cfg(test)]
mod proof;

use anyhow::Result;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::random::shuffle;
use serde::Serialize;

use super::class_distribution::{ClassDistribution, inception_score};
use super::classifier::{Classifier, ScoredBatch};
use super::features::Scale;
use super::frechet::Moments;
use super::nearest::Nearest;
use super::precision_recall::Manifold;
use crate::data::{Dataset, Reference};
use crate::output::terminal;
use crate::training::threads::Threads;

/// Default number of pictures. Metrics of other numbers are not comparable.
pub(crate) const COUNT: u32 = 10_000;
/// Chooses the training images that real metrics are measured on.
const SEED: u64 = 0;

/// Quality metrics of a set of pictures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct QualityMetrics {
    /// Between the features of the pictures and those of the test images; smaller is better.
    pub(crate) frechet_distance: f64,
    /// The inception score, 1 to the number of classes; larger is better.
    pub(crate) classifier_score: f64,
    /// Share of the pictures within the manifold of the test images.
    pub(crate) precision: f64,
    /// Share of the test images within the manifold of the pictures.
    pub(crate) recall: f64,
    pub(crate) digits: ClassDistribution,
    pub(crate) nearest: Nearest,
}

/// Measures pictures against one set of images.
pub(crate) struct Evaluator<'a> {
    pub(crate) classifier: Classifier,
    /// The classifier's accuracy on the test images, if they have labels.
    pub(crate) accuracy: Option<f64>,
    training: &'a [Picture],
    /// Versions of each picture that follow each other in `training`.
    copies: usize,
    /// The scale of the features: that of the test images.
    scale: Scale,
    test: Manifold,
    test_moments: Moments,
}

impl<'a> Evaluator<'a> {
    /// The evaluator for the images of `dataset`. The first time, this trains its classifier. Without labels it is that of
    /// MNIST, and that is said.
    ///
    /// # Errors
    /// If the training of the classifier diverges, or MNIST would be needed and is not to be had.
    pub(crate) fn new(dataset: &'a Dataset, reference: &Reference, threads: &Threads) -> Result<Self> {
        let labels = reference.labels();
        let classifier = match &labels {
            Ok(labels) => Classifier::of(dataset, labels, threads)?,
            Err(missing) => {
                terminal::remark(format_args!("{missing}; measured by the features learned on MNIST instead"));
                Classifier::of_mnist(threads)?
            }
        };
        Ok(threads.enter(|| {
            let batch = classifier.score(reference.test_images.pictures());
            let accuracy = labels.ok().map(|labels| batch.accuracy(&labels.test));
            let scale = Scale::of(&batch.features);
            let features = batch.features.divided_by(&scale);
            Self {
                accuracy,
                classifier,
                training: dataset.images.pictures(),
                copies: dataset.copies,
                scale,
                test_moments: Moments::of(&features),
                test: Manifold::of(features),
            }
        }))
    }

    /// The names of the classes that pictures are assigned to; none for digits.
    pub(crate) fn class_names(&self) -> Option<Vec<String>> {
        self.classifier.classes.names().map(<[String]>::to_vec)
    }

    /// Number of test images.
    pub(crate) fn test_images(&self) -> usize {
        self.test.features().count()
    }

    /// The metrics of generated pictures, of which there is at least one. Runs on the current rayon pool; the result does
    /// not depend on its threads.
    pub(crate) fn evaluate(&self, pictures: &[Picture]) -> QualityMetrics {
        self.measure(pictures, None)
    }

    /// The metrics of `count` training images, or of all if there are fewer: what a perfect generator would reach.
    pub(crate) fn evaluate_real(&self, count: u32) -> QualityMetrics {
        let mut indices = vec![0; self.training.len()];
        shuffle(&mut indices, SEED, 0);
        indices.truncate(count as usize);
        let pictures: Vec<Picture> = indices.iter().map(|&index| self.training[index as usize]).collect();
        self.measure(&pictures, Some(&indices))
    }

    /// Class probabilities, and features by the scale of the test images.
    fn score(&self, pictures: &[Picture]) -> ScoredBatch {
        let ScoredBatch { features, probabilities, classes } = self.classifier.score(pictures);
        ScoredBatch { features: features.divided_by(&self.scale), probabilities, classes }
    }

    /// `indices` are those of `pictures` among the training images, if they are training images.
    fn measure(&self, pictures: &[Picture], indices: Option<&[u32]>) -> QualityMetrics {
        let batch = self.score(pictures);
        QualityMetrics {
            frechet_distance: Moments::of(&batch.features).frechet_distance(&self.test_moments),
            classifier_score: inception_score(&batch.probabilities, batch.classes),
            precision: self.test.share_inside(&batch.features),
            digits: ClassDistribution::of(batch.classes(), batch.classes),
            recall: Manifold::of(batch.features).share_inside(self.test.features()),
            nearest: Nearest::of(pictures, indices, self.training, self.copies),
        }
    }
}

#[cfg(test)]
impl QualityMetrics {
    /// Metrics for tests of what prints them.
    pub(crate) fn example() -> Self {
        Self {
            frechet_distance: 12.5,
            classifier_score: 8.0,
            precision: 0.75,
            recall: 0.4,
            digits: ClassDistribution::of(0..10, 10),
            nearest: Nearest { median: 4.5, percentile_1: 1.25 },
        }
    }
}
