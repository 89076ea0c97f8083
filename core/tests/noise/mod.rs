//! A batch of noise, for steps whose bits are compared.

use pocketgan_core::random::{Purpose, Stream};
use pocketgan_core::train::gan::GanBatch;

/// Noise for latents and for this many real images.
pub(crate) struct Noise(pub(crate) usize);

impl GanBatch for Noise {
    fn real_count(&self) -> usize {
        self.0
    }

    fn latents(&self, first: usize, into: &mut [f32]) {
        let mut stream = Stream::at(1, Purpose::Training, first as u64);
        into.fill_with(|| stream.symmetric());
    }

    fn image(&self, row: usize, into: &mut [f32]) {
        let mut stream = Stream::at(1, Purpose::Picture, row as u64);
        into.fill_with(|| stream.symmetric());
    }
}
