//! The classifier that judges pictures: learned once from the labelled training images, and kept.

mod cache;
mod judge;
mod learn;

use std::ops::Deref;

use anyhow::Result;
use pocketgan_core::train::classifier::Classifier as Network;

use crate::data::{Dataset, Reference, cache_folder};
use crate::training::threads::Threads;

/// A classifier that has learned.
pub(crate) struct Classifier {
    network: Box<Network>,
}

impl Deref for Classifier {
    type Target = Network;

    fn deref(&self) -> &Network {
        &self.network
    }
}

impl Classifier {
    /// The classifier of these images: the same bits on every machine with a fused multiply-add, with any number of
    /// threads. It is kept in the platform's cache folder.
    ///
    /// # Errors
    /// If it learns nothing: its loss is no number.
    pub(crate) fn of(dataset: &Dataset, reference: &Reference, threads: &Threads) -> Result<Self> {
        let learn = || {
            eprintln!("the classifier that judges learns from {}, this once", dataset.path.display());
            learn::learn(dataset.images.pictures(), &reference.training_labels, threads)
        };
        let key = cache::key(&dataset.images, &reference.training_labels);
        let folder = cache_folder().map(|cache| cache.join("classifiers"));
        let network = match folder {
            Some(folder) => cache::load_or(&folder, &key, learn)?,
            None => learn()?,
        };
        Ok(Self { network })
    }
}
