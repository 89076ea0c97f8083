//! The classifier that evaluates pictures: their classes, and the features that distances are measured in.
//!
//! Not part of the recipe. It is trained on the labelled images, once.

use crate::network;
use crate::recipe::PIXELS;

/// Number of classes.
pub const CLASSES: usize = 10;
/// Outputs of the last hidden layer, behind its leaky ReLU.
pub const FEATURES: usize = 128;

network! {
    /// The classifier: from pixels in -1..1 to a logit for each class.
    pub struct Classifier {
        /// First of two with a leaky ReLU.
        dense0: PIXELS => 256 LeakyRelu,
        /// Second of two with a leaky ReLU: its outputs are the features.
        dense1: 256 => FEATURES LeakyRelu,
        /// To the logits.
        dense2: FEATURES => CLASSES Linear,
    }
}
