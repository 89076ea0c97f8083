//! The evaluation classifier: trained once on the labelled training images, then cached.

mod cache;
mod score;
mod training;

pub(crate) use score::ScoredBatch;

use std::path::Path;

use anyhow::Result;
use pocketgan_core::nn::network::Network;
use pocketgan_core::train::classifier::{CLASSES, Classifier as Narrow, WideClassifier};

use crate::data::preparation::Preparation;
use crate::data::{self, Classes, Dataset, Labels, cache_folder};
use crate::output::terminal;
use crate::training::threads::Threads;

/// A trained classifier.
pub(crate) struct Classifier {
    network: AnyNetwork,
    pub(crate) classes: Classes,
}

/// The network for a number of classes.
enum AnyNetwork {
    Narrow(Box<Narrow>),
    Wide(Box<WideClassifier>),
}

impl Classifier {
    /// The classifier of these images: the same bits on every machine with a fused multiply-add, for any number of
    /// threads. It is kept in the platform's cache folder.
    ///
    /// # Errors
    /// If its training diverges.
    pub(crate) fn of(dataset: &Dataset, labels: &Labels, threads: &Threads) -> Result<Self> {
        let network = match labels.classes.count() <= CLASSES {
            true => AnyNetwork::Narrow(cached(dataset, labels, threads)?),
            false => AnyNetwork::Wide(cached(dataset, labels, threads)?),
        };
        Ok(Self { network, classes: labels.classes.clone() })
    }

    /// The classifier of MNIST, whose features are used where images have no labels.
    ///
    /// # Errors
    /// If MNIST is not there and cannot be fetched.
    pub(crate) fn of_mnist(threads: &Threads) -> Result<Self> {
        let dataset = data::load_mnist()?;
        Self::of(&dataset, dataset.reference()?.labels()?, threads)
    }

    /// The classifier of the images with this checksum: those at `data`, or those that are found by default.
    ///
    /// # Errors
    /// If they, their labels or their test images cannot be found.
    pub(crate) fn of_images(
        sha256: &[u8; 32],
        data: Option<&Path>,
        preparation: Preparation,
        threads: &Threads,
    ) -> Result<Self> {
        let dataset = data::load_same(data, preparation, sha256)?;
        Self::of(&dataset, dataset.reference()?.labels()?, threads)
    }
}

/// The network of these images from the cache, or a new one.
fn cached<N: Network + Send>(dataset: &Dataset, labels: &Labels, threads: &Threads) -> Result<Box<N>> {
    let train = || {
        let path = dataset.path.display();
        terminal::remark(format_args!("training the evaluation classifier on {path}; it is then cached"));
        training::train(dataset.images.pictures(), &labels.training, threads)
    };
    let key = cache::key(training::VERSION, &dataset.images, &labels.training);
    match cache_folder().map(|cache| cache.join("classifiers")) {
        Some(folder) => cache::load_or_train(&folder, &key, train),
        None => train(),
    }
}
