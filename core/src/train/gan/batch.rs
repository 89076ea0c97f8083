//! Where the inputs of a step come from.

/// The latents and real images of a step. Rows are requested in any order, from any thread.
///
/// Implementations marked `#[inline(always)]` are compiled for the instruction set of the step.
pub trait GanBatch: Sync {
    /// Number of real images, at most the workspace's batch.
    fn real_count(&self) -> usize;
    /// Writes latents `first`, `first + 1`, ... to `into`, `[rows][latent]`.
    fn latents(&self, first: usize, into: &mut [f32]);
    /// Writes the pixels of real image `row`.
    fn image(&self, row: usize, into: &mut [f32]);
}
