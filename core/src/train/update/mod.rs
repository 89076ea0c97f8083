//! The second phase of a training step: weight gradients, and the update of the weights.
//!
//! A network is cut into [`Block`]s: rows of a layer's kernel, or its bias. Each block computes its gradient over all
//! samples of the batch and is updated at once, while the gradient is in the first-level cache. Blocks own what they
//! write, so they can be updated in any order and at the same time.
//!
//! `block` cuts a block into tiles; `weight_gradient` computes the gradient of a tile; `interleaved` updates a tile while
//! the gradient of the next one is computed, and explains why; `copies` keeps the copies of the kernels up to date.

mod block;
mod copies;
mod first_kernel;
mod gradient_block;
mod interleaved;
mod layer_copies;
mod parameters;
#[cfg(test)]
mod tests;
mod tile;
mod trained;
mod weight_gradient;

pub use block::Block;
pub(in crate::train) use first_kernel::{FirstKernel, PanelUpdate};
pub(in crate::train) use gradient_block::GradientBlock;
pub use trained::Trained;
pub(in crate::train) use trained::first_kernel_gradient;
