//! How good pictures are: the classifier that is learned on labelled images, and the figures by its features.

pub(crate) mod classifier;
pub(crate) mod eval;
