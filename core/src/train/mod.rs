//! Training: a batch forward and backward, weight updates, optimisers, initialisation; the GAN and the classifier on top.

pub mod average;
pub mod classifier;
pub mod gan;
pub mod golden;
pub mod initial;
pub mod optimiser;
pub mod tasks;
pub mod update;
