//! What the samples of a batch store on their way forward and backward through a network.

use bytemuck::cast_slice_mut;

use crate::nn::kernel::Element;
use crate::nn::memory::take;
use crate::nn::network::{Layer, PerLayer};

/// The inputs and gradients of every layer, for a number of samples.
///
/// They are the operands of the weight gradients, whose depth is the samples: in bfloat16 a row has the pairs of two
/// samples, and the second half of an odd last one is 0.
#[derive(Debug, Default)]
pub struct Activations<'m, E = f32> {
    /// Number of samples.
    pub rows: usize,
    /// `[rows / DEPTH][inputs]` of each layer: its inputs.
    pub inputs: PerLayer<&'m mut [E]>,
    /// `[rows / DEPTH][outputs]` of each layer: the gradient of the loss with respect to its weighted sums.
    pub gradients: PerLayer<&'m mut [E]>,
}

impl<'m, E: Element> Activations<'m, E> {
    /// Floats of memory that `rows` samples need.
    pub const fn floats(shapes: &[Layer], rows: usize) -> usize {
        let (mut total, mut i) = (0, 0);
        while i < shapes.len() {
            total += shapes[i].inputs + shapes[i].outputs;
            i += 1;
        }
        rows.div_ceil(E::DEPTH) * total
    }

    /// Takes the memory of `rows` samples from the front of `memory`. Its values are kept.
    ///
    /// # Panics
    /// If `memory` is shorter than [`Activations::floats`] says, or there are more than
    /// [`MAX_LAYERS`](crate::nn::network::MAX_LAYERS) layers.
    pub fn carve(memory: &mut &'m mut [f32], shapes: &[Layer], rows: usize) -> Self {
        let mut split_off = |width: usize| cast_slice_mut(take(memory, rows.div_ceil(E::DEPTH) * width));
        Self {
            rows,
            inputs: shapes.iter().map(|shape| split_off(shape.inputs)).collect(),
            gradients: shapes.iter().map(|shape| split_off(shape.outputs)).collect(),
        }
    }

    /// The same activations for a shorter lifetime.
    pub fn reborrow(&mut self) -> Activations<'_, E> {
        Activations {
            rows: self.rows,
            inputs: self.inputs.iter_mut().map(|rows| &mut **rows).collect(),
            gradients: self.gradients.iter_mut().map(|rows| &mut **rows).collect(),
        }
    }

    /// Splits off the first `rows` samples: a multiple of [`Element::DEPTH`], or all.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn take_rows(&mut self, rows: usize) -> Self {
        let total = self.rows.div_ceil(E::DEPTH);
        let mut split_off = |whole: &mut &'m mut [E]| {
            let width = whole.len().checked_div(total).unwrap_or(0);
            take(whole, rows.div_ceil(E::DEPTH) * width)
        };
        let first = Self {
            rows,
            inputs: self.inputs.iter_mut().map(&mut split_off).collect(),
            gradients: self.gradients.iter_mut().map(&mut split_off).collect(),
        };
        self.rows -= rows.next_multiple_of(E::DEPTH).min(self.rows);
        first
    }
}
