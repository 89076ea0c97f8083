//! The evaluation classifier: trained once on the labelled training images, then cached.

mod cache;
mod score;
mod training;

use anyhow::Result;
use pocketgan_core::train::classifier::Classifier as Network;

use crate::data::{Dataset, Reference, cache_folder};
use crate::training::threads::Threads;

/// A trained classifier.
pub(crate) struct Classifier {
    network: Box<Network>,
}

impl Classifier {
    /// The classifier of these images: the same bits on every machine with a fused multiply-add, for any number of
    /// threads. It is kept in the platform's cache folder.
    ///
    /// # Errors
    /// If its training diverges.
    pub(crate) fn of(dataset: &Dataset, reference: &Reference, threads: &Threads) -> Result<Self> {
        let train = || {
            eprintln!("training the evaluation classifier on {}; it is then cached", dataset.path.display());
            training::train(dataset.images.pictures(), &reference.training_labels, threads)
        };
        let key = cache::key(training::VERSION, &dataset.images, &reference.training_labels);
        let folder = cache_folder().map(|cache| cache.join("classifiers"));
        let network = match folder {
            Some(folder) => cache::load_or_train(&folder, &key, train)?,
            None => train()?,
        };
        Ok(Self { network })
    }
}
