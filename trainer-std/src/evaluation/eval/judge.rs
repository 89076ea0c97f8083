//! Whoever measures pictures: the classifier, and what it made of the test images.

use std::ops::Range;

use anyhow::Result;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::random::shuffle;
use pocketgan_core::train::classifier::FEATURES;
use rayon::prelude::*;
use serde::Serialize;

use super::classes::{Histogram, score};
use super::frechet::Moments;
use super::manifold::Manifold;
use super::nearest::Nearest;
use crate::data::{Dataset, Reference};
use crate::evaluation::classifier::Classifier;
use crate::training::threads::Threads;

/// Pictures that are measured unless somebody asks for another number; figures of other numbers are not comparable.
pub(crate) const COUNT: u32 = 10_000;
/// Pictures that a task draws at a time.
const CHUNK: u32 = 100;
/// Chooses the training images that stand for reality.
const SEED: u64 = 0;

/// How good some pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// Between their features and those of the test images; smaller is better.
    pub(crate) frechet_distance: f64,
    /// 1 to 10; larger is better.
    pub(crate) classifier_score: f64,
    /// How many look real.
    pub(crate) precision: f64,
    /// How much of reality is drawn.
    pub(crate) recall: f64,
    pub(crate) digits: Histogram,
    /// To the training images.
    pub(crate) nearest: Nearest,
}

/// Measures pictures against one set of images.
pub(crate) struct Judge<'a> {
    pub(crate) classifier: Classifier,
    /// The share of the test images that the classifier tells right.
    pub(crate) accuracy: f64,
    training: &'a [Picture],
    test: Manifold,
    test_moments: Moments,
}

impl<'a> Judge<'a> {
    /// A judge by the images of `dataset`. The first time its classifier has to learn.
    pub(crate) fn new(dataset: &'a Dataset, reference: &Reference, threads: &Threads) -> Result<Self> {
        let classifier = Classifier::of(dataset, reference, threads)?;
        Ok(threads.enter(|| {
            let judged = classifier.judge(reference.test_images.pictures());
            Self {
                accuracy: judged.accuracy(&reference.test_labels),
                classifier,
                training: dataset.images.pictures(),
                test_moments: Moments::of(&judged.features, FEATURES),
                test: Manifold::of(judged.features),
            }
        }))
    }

    /// Images that it measures by.
    pub(crate) fn test_images(&self) -> usize {
        self.test.features().len() / FEATURES
    }

    /// The figures of drawn pictures, of which there is at least one. Like all that follows it uses the threads of the
    /// pool it is called in, and its result does not depend on them.
    pub(crate) fn figures(&self, pictures: &[Picture]) -> Figures {
        self.measure(pictures, None)
    }

    /// The figures of `count` training images, or of all if there are fewer: no generator can be expected to be better.
    pub(crate) fn real_figures(&self, count: u32) -> Figures {
        let mut places = vec![0; self.training.len()];
        shuffle(&mut places, SEED, 0);
        places.truncate(count as usize);
        let pictures: Vec<Picture> = places.iter().map(|&place| self.training[place as usize]).collect();
        self.measure(&pictures, Some(&places))
    }

    fn measure(&self, pictures: &[Picture], places: Option<&[u32]>) -> Figures {
        let judged = self.classifier.judge(pictures);
        let frechet_distance = Moments::of(&judged.features, FEATURES).frechet_distance(&self.test_moments);
        let (classifier_score, digits) = (score(&judged.probabilities), Histogram::of(judged.classes()));
        let precision = self.test.share_inside(&judged.features);
        Figures {
            frechet_distance,
            classifier_score,
            precision,
            recall: Manifold::of(judged.features).share_inside(self.test.features()),
            digits,
            nearest: Nearest::of(pictures, places, self.training),
        }
    }
}

/// Pictures of `seeds` by `draw`, which is asked for some seeds at a time, by the threads of the pool this is called in.
pub(crate) fn pictures(seeds: Range<u32>, draw: impl Fn(Range<u32>) -> Vec<Picture> + Sync) -> Vec<Picture> {
    let firsts: Vec<u32> = seeds.clone().step_by(CHUNK as usize).collect();
    let some = |&first: &u32| draw(first..seeds.end.min(first.saturating_add(CHUNK)));
    firsts.par_iter().flat_map_iter(some).collect()
}

#[cfg(test)]
impl Figures {
    /// Some figures, to be written down.
    pub(crate) fn example() -> Self {
        Self {
            frechet_distance: 12.5,
            classifier_score: 8.0,
            precision: 0.75,
            recall: 0.4,
            digits: Histogram::of(0..10),
            nearest: Nearest { median: 4.5, percentile_1: 1.25 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_in_the_order_of_their_seeds() {
        let shade = |seed: u32| [(seed % 251) as u8; 784];
        let drawn = pictures(7..560, |seeds| seeds.map(shade).collect());
        assert!(drawn.into_iter().eq((7..560).map(shade)));
    }
}
