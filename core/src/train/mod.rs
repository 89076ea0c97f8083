//! Training: a batch forward and backward, weight updates, optimisers, initialisation; supervised steps and the GAN's.
//!
//! Every step has two phases:
//!
//! 1. *Samples*: each shard of the batch goes forward and backward with the old weights, in its own part of the
//!    workspace.
//! 2. *Update*: each [block](update::Block) of weights sums its gradient over all samples and is updated.
//!
//! A shard or a block is one task. A task owns what it writes and computes each number in one order of summation, so the
//! bits depend neither on the [executor](execution::TaskExecutor) nor on the number of shards.

pub mod average;
pub mod classifier;
pub mod convolutional;
pub mod execution;
pub mod four_bits;
pub mod gan;
#[cfg(feature = "test-support")]
pub mod golden;
pub mod initialisation;
pub mod optimiser;
mod pass;
pub mod recipe;
pub mod supervised;
pub mod update;
mod update_phase;
