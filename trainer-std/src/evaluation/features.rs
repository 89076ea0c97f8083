//! Feature vectors: what the metrics compare instead of pixels.

use std::ops::Range;

use pocketgan_core::nn::network::Network;
use pocketgan_core::train::classifier::{Classifier, FEATURES};

/// Feature vectors of pictures, `[count][Features::WIDTH]`: the outputs of the classifier's hidden layers, one after
/// another, those of convolutions averaged over the picture.
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

    /// The vectors, each feature divided by that of `scale`.
    pub(crate) fn divided_by(mut self, scale: &Scale) -> Self {
        for vector in self.0.chunks_exact_mut(Self::WIDTH) {
            vector.iter_mut().zip(&scale.0).for_each(|(x, divisor)| *x /= divisor);
        }
        self
    }
}

/// Where in a feature vector the features of each hidden layer are.
fn layers() -> impl Iterator<Item = Range<usize>> {
    let hidden = &Classifier::LAYERS[..Classifier::LAYERS.len() - 1];
    hidden.iter().scan(0, |end, layer| {
        *end += layer.outputs;
        Some(*end - layer.outputs..*end)
    })
}

/// The scale of each feature, by which layers become comparable: that of the classes has the largest numbers by far.
#[derive(Debug)]
pub(crate) struct Scale([f32; Features::WIDTH]);

impl Scale {
    /// The scale by which the features of each layer have a mean variance of 1 in these vectors, of which there is at least
    /// one. Features that are all constant keep their values.
    pub(crate) fn of(features: &Features) -> Self {
        let variances = variances(features);
        let mut scale = [1.0; Features::WIDTH];
        for layer in layers() {
            let mean = variances[layer.clone()].iter().sum::<f64>() / layer.len() as f64;
            if mean > 0.0 {
                scale[layer].fill(mean.sqrt() as f32);
            }
        }
        Self(scale)
    }
}

/// The variance of each feature.
fn variances(features: &Features) -> [f64; Features::WIDTH] {
    let mean = |of: &dyn Fn(usize, f64) -> f64| {
        let mut sums = [0.0; Features::WIDTH];
        for index in 0..features.count() {
            for (at, &x) in features.vector(index).iter().enumerate() {
                sums[at] += of(at, f64::from(x));
            }
        }
        sums.map(|sum| sum / features.count() as f64)
    };
    let means = mean(&|_, x| x);
    mean(&|at, x| (x - means[at]).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divided_by_their_scale_the_features_of_each_layer_have_a_mean_variance_of_one() {
        // The spread of feature i is i, or it is constant.
        let of = |sign: f32| (0..Features::WIDTH).map(move |i| if i % 3 == 0 { 7.0 } else { sign * i as f32 });
        let features = Features::new(of(-1.0).chain(of(1.0)).collect());
        let scale = Scale::of(&features);
        let variances = variances(&features.divided_by(&scale));
        let means: Vec<f64> =
            layers().map(|layer| variances[layer.clone()].iter().sum::<f64>() / layer.len() as f64).collect();
        assert!(means.iter().all(|mean| (mean - 1.0).abs() < 1e-6), "{means:?}");
        assert_eq!(layers().last().unwrap().end, Features::WIDTH);
    }

    #[test]
    fn constant_features_keep_their_values() {
        let features = Features::new(vec![3.0; 2 * Features::WIDTH]);
        assert_eq!(features.clone().divided_by(&Scale::of(&features)), features);
    }
}
