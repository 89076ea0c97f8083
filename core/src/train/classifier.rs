//! The classifier that evaluates pictures: their classes, and the features that distances are measured in.
//!
//! Not part of the recipe. It is trained on the labelled images, once.

use crate::network;
use crate::nn::network::Network;
use crate::nn::patches::Patches;
use crate::recipe::SIDE;

/// Number of classes of [`Classifier`].
pub const CLASSES: usize = 10;

/// Number of classes of [`WideClassifier`].
pub const WIDE_CLASSES: usize = 64;

/// Number of features of a picture: the outputs of all hidden layers, those of a convolution averaged over its patches.
///
/// The last hidden layer knows what a picture shows, and is nearly blind to how its strokes are drawn: it was trained to be.
/// The convolutions see noise, blur and ragged edges.
pub const FEATURES: usize = {
    let (mut total, mut i) = (0, 0);
    while i + 1 < Classifier::LAYERS.len() {
        total += Classifier::LAYERS[i].outputs;
        i += 1;
    }
    total
};

network! {
    /// The classifier: from pixels in -1..1 to a logit for each class.
    pub struct Classifier {
        /// Patches of 5 by 5 pixels, 2 pixels apart: the picture becomes 12 by 12 pixels of 16 channels.
        convolution0: 25 => 16 LeakyRelu over Patches { side: SIDE, channels: 1, kernel: 5, stride: 2 },
        /// The same again: 4 by 4 pixels of 32 channels.
        convolution1: 400 => 32 LeakyRelu over Patches { side: 12, channels: 16, kernel: 5, stride: 2 },
        /// To what the classes are told apart by.
        dense0: 512 => 64 LeakyRelu,
        /// To the logits.
        dense1: 64 => CLASSES Linear,
    }
}

network! {
    /// The same for more classes, with the same features.
    pub struct WideClassifier {
        /// As in [`Classifier`].
        convolution0: 25 => 16 LeakyRelu over Patches { side: SIDE, channels: 1, kernel: 5, stride: 2 },
        /// As in [`Classifier`].
        convolution1: 400 => 32 LeakyRelu over Patches { side: 12, channels: 16, kernel: 5, stride: 2 },
        /// As in [`Classifier`].
        dense0: 512 => 64 LeakyRelu,
        /// To the logits.
        dense1: 64 => WIDE_CLASSES Linear,
    }
}
