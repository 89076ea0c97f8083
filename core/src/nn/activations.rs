//! What the samples of a batch store on their way forward and backward through a network.

use crate::nn::memory::take;
use crate::nn::network::{Layer, PerLayer};

/// The inputs and gradients of every layer, for a number of samples.
#[derive(Debug, Default)]
pub struct Activations<'m> {
    /// Number of samples.
    pub rows: usize,
    /// `[rows][inputs]` of each layer: its inputs.
    pub inputs: PerLayer<&'m mut [f32]>,
    /// `[rows][outputs]` of each layer: the gradient of the loss with respect to its weighted sums.
    pub gradients: PerLayer<&'m mut [f32]>,
}

impl<'m> Activations<'m> {
    /// Floats that one sample needs.
    pub const fn floats_per_row(shapes: &[Layer]) -> usize {
        let (mut total, mut i) = (0, 0);
        while i < shapes.len() {
            total += shapes[i].inputs + shapes[i].outputs;
            i += 1;
        }
        total
    }

    /// Takes the memory of `rows` samples from the front of `memory`. Its values are kept.
    ///
    /// # Panics
    /// If `memory` is shorter than `rows * floats_per_row`, or there are more than [`MAX_LAYERS`](crate::nn::network::MAX_LAYERS) layers.
    pub fn carve(memory: &mut &'m mut [f32], shapes: &[Layer], rows: usize) -> Self {
        let mut split_off = |width: usize| take(memory, rows * width);
        Self {
            rows,
            inputs: shapes.iter().map(|shape| split_off(shape.inputs)).collect(),
            gradients: shapes.iter().map(|shape| split_off(shape.outputs)).collect(),
        }
    }

    /// The same activations for a shorter lifetime.
    pub fn reborrow(&mut self) -> Activations<'_> {
        Activations {
            rows: self.rows,
            inputs: self.inputs.iter_mut().map(|rows| &mut **rows).collect(),
            gradients: self.gradients.iter_mut().map(|rows| &mut **rows).collect(),
        }
    }

    /// Splits off the first `rows` samples.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn take_rows(&mut self, rows: usize) -> Self {
        let total = self.rows;
        let mut split_off = |whole: &mut &'m mut [f32]| {
            let width = whole.len().checked_div(total).unwrap_or(0);
            take(whole, rows * width)
        };
        let first = Self {
            rows,
            inputs: self.inputs.iter_mut().map(&mut split_off).collect(),
            gradients: self.gradients.iter_mut().map(&mut split_off).collect(),
        };
        self.rows -= rows;
        first
    }
}
