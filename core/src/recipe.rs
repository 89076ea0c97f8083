//! The one recipe: sizes of both networks and the constants of their training.
//!
//! Everything about sizes is stated here and checked when the crate is compiled.

use bytemuck::{Pod, Zeroable};

use crate::nn::network::{Activation::*, CacheLine, Dense, Layer, Network, total_len, transposed_lines};

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
/// What the discriminator is asked to say of a real image (one-sided label smoothing).
pub const REAL_LABEL: f32 = 0.9;
/// Updates per batch of real images.
pub const UPDATES_PER_BATCH: u32 = 1;

/// The generator: from a latent to pixels in -1..1.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Generator {
    /// No activation follows: together with the next layer it is one linear map, and is exported as that.
    pub dense0: Dense<LATENT, 100, 12>,
    /// First of three with a leaky ReLU.
    pub dense1: Dense<100, 128>,
    /// Second of three with a leaky ReLU.
    pub dense2: Dense<128, 128>,
    /// Third of three with a leaky ReLU.
    pub dense3: Dense<128, 256>,
    /// To the pixels, through tanh.
    pub dense4: Dense<256, PIXELS>,
}

const GENERATOR: &[Layer] = &[
    Dense::<LATENT, 100, 12>::layer(Linear),
    Dense::<100, 128>::layer(LeakyRelu),
    Dense::<128, 128>::layer(LeakyRelu),
    Dense::<128, 256>::layer(LeakyRelu),
    Dense::<256, PIXELS>::layer(Tanh),
];

impl Network for Generator {
    const LAYERS: &'static [Layer] = GENERATOR;
    type Transposed = [CacheLine; transposed_lines(GENERATOR)];
}

/// The discriminator: from pixels in -1..1 to the logit of "this is a real image".
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Discriminator {
    /// First of three with a leaky ReLU.
    pub dense0: Dense<PIXELS, 128>,
    /// Second of three with a leaky ReLU.
    pub dense1: Dense<128, 128>,
    /// Third of three with a leaky ReLU.
    pub dense2: Dense<128, 128>,
    /// To the logit.
    pub dense3: Dense<128, 1, 15>,
}

const DISCRIMINATOR: &[Layer] = &[
    Dense::<PIXELS, 128>::layer(LeakyRelu),
    Dense::<128, 128>::layer(LeakyRelu),
    Dense::<128, 128>::layer(LeakyRelu),
    Dense::<128, 1, 15>::layer(Linear),
];

impl Network for Discriminator {
    const LAYERS: &'static [Layer] = DISCRIMINATOR;
    type Transposed = [CacheLine; transposed_lines(DISCRIMINATOR)];
}

const _: () = assert!(
    size_of::<Generator>() == size_of::<f32>() * total_len(GENERATOR),
    "the generator's table of layers does not describe its struct"
);
const _: () = assert!(
    size_of::<Discriminator>() == size_of::<f32>() * total_len(DISCRIMINATOR),
    "the discriminator's table of layers does not describe its struct"
);
const _: () = assert!(
    total_len(GENERATOR) == 272_656 + 1_396 + 12,
    "the recipe's generator has 272,656 weights and 1,396 biases"
);
