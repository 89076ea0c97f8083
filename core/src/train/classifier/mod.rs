//! The classifier that judges pictures: which digit, and which features it is told by.
//!
//! Not part of the recipe: it is trained on the labelled images, once, and measures what the generator draws.

mod step;
#[cfg(test)]
mod tests;

use bytemuck::{Pod, Zeroable};

use crate::nn::network::{Activation::*, CacheLine, Dense, Layer, Network, total_len, transposed_lines};
use crate::recipe::PIXELS;

pub use step::{Examples, Report, Workspace, step};

/// Kinds of pictures.
pub const CLASSES: usize = 10;
/// Outputs of the last hidden layer, behind its leaky ReLU.
pub const FEATURES: usize = 128;

/// The classifier: from pixels in -1..1 to a logit for each class.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Classifier {
    /// First of two with a leaky ReLU.
    pub dense0: Dense<PIXELS, 256>,
    /// Second of two with a leaky ReLU: its outputs are the features.
    pub dense1: Dense<256, FEATURES>,
    /// To the logits.
    pub dense2: Dense<FEATURES, CLASSES, 6>,
}

const CLASSIFIER: &[Layer] = &[
    Dense::<PIXELS, 256>::layer(LeakyRelu),
    Dense::<256, FEATURES>::layer(LeakyRelu),
    Dense::<FEATURES, CLASSES, 6>::layer(Linear),
];

impl Network for Classifier {
    const LAYERS: &'static [Layer] = CLASSIFIER;
    type Transposed = [CacheLine; transposed_lines(CLASSIFIER)];
}

const _: () = assert!(
    size_of::<Classifier>() == size_of::<f32>() * total_len(CLASSIFIER),
    "the classifier's table of layers does not describe its struct"
);
