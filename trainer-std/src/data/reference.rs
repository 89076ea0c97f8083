//! What generated pictures are measured by: images that no training saw, and labels.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;

use super::idx::Images;
use super::labels::Labels;

/// What belongs to training images.
#[derive(Clone)]
pub(crate) struct Reference {
    pub(crate) test_images: Arc<Images>,
    labels: Result<Arc<Labels>, NoLabels>,
}

/// Why a set of images has no labels.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum NoLabels {
    /// A file that it lacks.
    #[error("{} holds no {what}; looked for {names}", folder.display())]
    NotFound { folder: PathBuf, what: &'static str, names: String },
    #[error("{0}")]
    Because(String),
}

impl NoLabels {
    pub(super) fn because(sentence: &str) -> Self {
        Self::Because(sentence.to_owned())
    }
}

impl Reference {
    pub(super) fn new(test_images: Images, labels: Result<Arc<Labels>, NoLabels>) -> Self {
        Self { test_images: Arc::new(test_images), labels }
    }

    /// The labels.
    ///
    /// # Errors
    /// If there are none.
    pub(crate) fn labels(&self) -> Result<&Labels, NoLabels> {
        self.labels.as_ref().map(Arc::as_ref).map_err(NoLabels::clone)
    }
}
