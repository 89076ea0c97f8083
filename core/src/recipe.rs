//! The recipe: the sizes of both networks and the constants of their training.

use crate::network;

/// Width and height of a picture.
pub const SIDE: usize = 28;
/// Pixels of a picture.
pub const PIXELS: usize = SIDE * SIDE;
/// Numbers in a latent.
pub const LATENT: usize = 100;

/// Images a step.
pub const BATCH: usize = 256;
/// Epochs of a full training.
pub const EPOCHS: u32 = 300;
/// Learning rate of both optimisers.
pub const LEARNING_RATE: f32 = 2e-4;
/// Label of real images in the discriminator's loss (one-sided label smoothing).
pub const REAL_LABEL: f32 = 0.9;
/// Updates per batch of real images.
pub const UPDATES_PER_BATCH: u32 = 1;

network! {
    /// The generator: from a latent to pixels in -1..1.
    pub struct Generator {
        /// No activation follows: together with the next layer it is one linear map, and is exported as that.
        dense0: LATENT => 100 Linear,
        /// First of three with a leaky ReLU.
        dense1: 100 => 128 LeakyRelu,
        /// Second of three with a leaky ReLU.
        dense2: 128 => 128 LeakyRelu,
        /// Third of three with a leaky ReLU.
        dense3: 128 => 256 LeakyRelu,
        /// To the pixels, through tanh.
        dense4: 256 => PIXELS Tanh,
    }
}

network! {
    /// The discriminator: from pixels in -1..1 to the logit of the probability that they are a real image.
    pub struct Discriminator {
        /// First of three with a leaky ReLU.
        dense0: PIXELS => 128 LeakyRelu,
        /// Second of three with a leaky ReLU.
        dense1: 128 => 128 LeakyRelu,
        /// Third of three with a leaky ReLU.
        dense2: 128 => 128 LeakyRelu,
        /// To the logit.
        dense3: 128 => 1 Linear,
    }
}

network! {
    /// A discriminator with a wider first layer, which sees more of the strokes. An epoch takes about twice as long with it.
    pub struct WideDiscriminator {
        /// First of three with a leaky ReLU.
        dense0: PIXELS => 384 LeakyRelu,
        /// Second of three with a leaky ReLU.
        dense1: 384 => 128 LeakyRelu,
        /// Third of three with a leaky ReLU.
        dense2: 128 => 128 LeakyRelu,
        /// To the logit.
        dense3: 128 => 1 Linear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::network::{Layer, Network};

    #[test]
    fn the_generator_has_272_656_weights_and_1_396_biases() {
        assert_eq!(Generator::LAYERS.iter().map(Layer::kernel_len).sum::<usize>(), 272_656);
        assert_eq!(Generator::LAYERS.iter().map(|layer| layer.outputs).sum::<usize>(), 1_396);
    }
}
