//! Quality metrics of generated pictures, by a classifier that is trained on the labelled images.

mod class_distribution;
pub(crate) mod classifier;
mod distance;
pub(crate) mod evaluator;
mod features;
mod frechet;
mod nearest;
mod precision_recall;
pub(crate) mod report;
