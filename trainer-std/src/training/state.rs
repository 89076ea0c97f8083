//! The state of a training: everything that determines how it goes on.

use pocketgan_core::nn::network::{CacheLine, Network};
use pocketgan_core::recipe::Generator;
use serde::{Deserialize, Serialize};

use crate::export::metadata::{Metadata, Provenance};
use crate::training::networks::Networks;
use crate::training::recipe::Recipe;
use crate::training::sums::Sums;

/// The position of a training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Completed epochs.
    pub(crate) epoch: u32,
    /// Completed batches of the current epoch.
    pub(crate) batch: u32,
    /// Updates since the beginning.
    pub(crate) steps: u64,
    /// Metrics of the completed batches of the current epoch.
    pub(crate) sums: Sums,
}

impl Progress {
    /// The number of epochs that have begun; `None` if it does not fit.
    pub(crate) fn begun_epochs(&self) -> Option<u32> {
        self.epoch.checked_add(u32::from(self.batch > 0))
    }
}

/// The state of a training.
pub(crate) struct TrainingState {
    pub(crate) recipe: Recipe,
    /// SHA-256 of the unpacked file of training images.
    pub(crate) data_sha256: [u8; 32],
    pub(crate) progress: Progress,
    pub(crate) networks: Networks,
    /// The moments of a discriminator that sees differences; otherwise empty.
    pub(crate) difference_moments: Vec<CacheLine>,
    /// The average of the generator's weights, if the recipe keeps one.
    pub(crate) average: Option<Box<Generator>>,
}

impl TrainingState {
    /// The state before the first step on the images with this checksum.
    pub(crate) fn start(recipe: Recipe, data_sha256: [u8; 32]) -> Self {
        let networks = Networks::start(&recipe);
        let mut average = (recipe.ema > 0.0).then(bytemuck::zeroed_box::<Generator>);
        if let Some(average) = &mut average {
            average.flat_mut().copy_from_slice(networks.generator().flat());
        }
        let difference_moments = if recipe.differences { networks.difference_moments() } else { Vec::new() };
        Self { recipe, data_sha256, progress: Progress::default(), networks, difference_moments, average }
    }

    /// The generator that samples and models are made of: the average, if there is one.
    pub(crate) fn generator(&self) -> &Generator {
        self.average.as_deref().unwrap_or(self.networks.generator())
    }

    /// Whether every weight and moment is finite.
    pub(crate) fn is_finite(&self) -> bool {
        self.tensors().flatten().all(|x| x.is_finite())
    }

    /// The metadata of a model of these networks.
    pub(crate) fn metadata(&self) -> Metadata {
        let Progress { epoch, steps, .. } = self.progress;
        let (data_sha256, recipe) = (self.data_sha256, self.recipe.clone());
        Metadata::new(Some(Provenance { epochs: epoch, steps, data_sha256, recipe }))
    }

    /// The floats that a checkpoint stores, in its order.
    pub(super) fn tensors(&self) -> impl Iterator<Item = &[f32]> {
        let average = self.average.as_deref().map(Network::flat);
        self.networks.tensors().into_iter().chain(average).chain([bytemuck::cast_slice(&self.difference_moments)])
    }

    /// [`TrainingState::tensors`], to be read into. Call `networks.copy_kernels()` afterwards.
    pub(super) fn tensors_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let average = self.average.as_deref_mut().map(Network::flat_mut);
        let difference_moments = bytemuck::cast_slice_mut(&mut self.difference_moments);
        self.networks.tensors_mut().into_iter().chain(average).chain([difference_moments])
    }
}
