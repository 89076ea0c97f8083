//! Feature vectors: what the metrics compare instead of pixels.

use pocketgan_core::train::classifier::FEATURES;

/// Feature vectors of pictures, `[count][Features::WIDTH]`: the activations of the classifier's last hidden layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Features(Vec<f32>);

impl Features {
    /// Length of a feature vector.
    pub(crate) const WIDTH: usize = FEATURES;

    /// `count` vectors of zeros.
    pub(crate) fn zeros(count: usize) -> Self {
        Self(vec![0.0; count * Self::WIDTH])
    }

    /// The vectors in `values`, `[count][Self::WIDTH]`.
    ///
    /// # Panics
    /// If `values` is not a whole number of vectors.
    #[cfg(test)]
    pub(crate) fn new(values: Vec<f32>) -> Self {
        assert!(values.len().is_multiple_of(Self::WIDTH), "whole feature vectors");
        Self(values)
    }

    /// How many vectors there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len() / Self::WIDTH
    }

    /// Vector `index`.
    pub(crate) fn vector(&self, index: usize) -> &[f32] {
        &self.0[index * Self::WIDTH..][..Self::WIDTH]
    }

    /// All vectors, `[count][Self::WIDTH]`.
    pub(crate) fn as_flat(&self) -> &[f32] {
        &self.0
    }

    /// All vectors, to be written.
    pub(crate) fn as_flat_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}
