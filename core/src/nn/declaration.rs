//! Declares networks of any fixed sizes.

use crate::nn::network::{Layer, MAX_LAYERS, PANEL, total_len};
use crate::nn::patches::Patches;

/// Declares a network of fixed sizes: a struct of its dense layers that implements
/// [`Network`](crate::nn::network::Network).
///
/// A layer is `NAME: INPUTS => OUTPUTS ACTIVATION`, with a variant of [`Activation`](crate::nn::network::Activation).
/// A size is a literal, the name of a constant, or an expression in braces. `over PATCHES` behind it makes the layer a
/// convolution, which is applied to each of the [`Patches`] of its input.
///
/// The layers are checked when the program is compiled: each must be as wide as the outputs of the one before, and there
/// are at most [`MAX_LAYERS`].
///
/// ```
/// use pocketgan_core::nn::network::{Network, total_len};
///
/// const SENSORS: usize = 7;
///
/// pocketgan_core::network! {
///     /// From seven readings to the probabilities of three gestures, as logits.
///     pub struct Gestures {
///         /// A hidden layer.
///         hidden: SENSORS => 20 LeakyRelu,
///         /// To the logits.
///         logits: 20 => 3 Linear,
///     }
/// }
///
/// let network: Gestures = bytemuck::Zeroable::zeroed();
/// assert_eq!((Gestures::INPUTS, Gestures::OUTPUTS), (7, 3));
/// assert_eq!(network.flat().len(), total_len(Gestures::LAYERS));
/// assert_eq!(network.hidden.kernel.len(), SENSORS);
/// ```
///
/// With a convolution, for [`train::convolutional`](crate::train::convolutional):
///
/// ```
/// use pocketgan_core::nn::network::Network;
/// use pocketgan_core::nn::patches::Patches;
///
/// pocketgan_core::network! {
///     /// From a picture of 8 by 8 pixels to the logits of two classes.
///     pub struct Shapes {
///         /// Patches of 4 by 4 pixels, 2 pixels apart: the picture becomes 3 by 3 pixels of 6 channels.
///         convolution: 16 => 6 LeakyRelu over Patches { side: 8, channels: 1, kernel: 4, stride: 2 },
///         /// To the logits.
///         logits: { 3 * 3 * 6 } => 2 Linear,
///     }
/// }
///
/// assert_eq!((Shapes::INPUTS, Shapes::OUTPUTS), (64, 2));
/// ```
///
/// ```compile_fail
/// pocketgan_core::network! {
///     struct Mismatched {
///         hidden: 7 => 20 LeakyRelu,
///         logits: 21 => 3 Linear,
///     }
/// }
/// ```
#[macro_export]
macro_rules! network {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $(
                $(#[$layer_attribute:meta])*
                $layer:ident: $inputs:tt => $outputs:tt $activation:ident $(over $patches:expr)?
            ),+ $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, $crate::bytemuck::Pod, $crate::bytemuck::Zeroable)]
        #[bytemuck(crate = "::pocketgan_core::bytemuck")]
        #[repr(C)]
        $visibility struct $name {
            $(
                $(#[$layer_attribute])*
                $visibility $layer: $crate::nn::network::Dense<
                    { $inputs },
                    { $outputs },
                    { $crate::nn::declaration::fill($inputs, $outputs) },
                >,
            )+
        }

        const _: () = {
            const LAYERS: &[$crate::nn::network::Layer] = &[$($crate::nn::network::Layer {
                inputs: $inputs,
                outputs: $outputs,
                activation: $crate::nn::network::Activation::$activation,
            }),+];

            const PATCHES: &[$crate::nn::patches::Patches] = &[$({
                let _of_a_dense_layer = $crate::nn::patches::Patches::whole($inputs);
                $(let _of_a_dense_layer = $patches;)?
                _of_a_dense_layer
            }),+];

            impl $crate::nn::network::Network for $name {
                const LAYERS: &'static [$crate::nn::network::Layer] = LAYERS;
                const PATCHES: &'static [$crate::nn::patches::Patches] = PATCHES;
                type Copies = [$crate::nn::network::CacheLine; $crate::nn::network::copies_lines(LAYERS)];
            }

            $crate::nn::declaration::check(LAYERS, PATCHES, size_of::<$name>());
        };
    };
}

/// Floats that fill up the last cache line of a layer.
#[doc(hidden)]
pub const fn fill(inputs: usize, outputs: usize) -> usize {
    (inputs * outputs + outputs).next_multiple_of(PANEL) - (inputs * outputs + outputs)
}

/// # Panics
/// If the layers do not make a network of `size` bytes.
#[doc(hidden)]
pub const fn check(layers: &[Layer], patches: &[Patches], size: usize) {
    assert!(layers.len() <= MAX_LAYERS, "the network has more than MAX_LAYERS layers");
    let mut i = 0;
    while i < layers.len() {
        assert!(layers[i].inputs > 0 && layers[i].outputs > 0, "a layer has at least one input and one output");
        assert!(patches[i].are_valid(), "a patch must fit into its image, and the stride is at least 1");
        assert!(patches[i].len() == layers[i].inputs, "a layer must have as many inputs as its patches have numbers");
        assert!(
            i == 0 || patches[i].image_len() == patches[i - 1].count() * layers[i - 1].outputs,
            "each layer must have as many inputs as the layer before has outputs"
        );
        i += 1;
    }
    assert!(size == size_of::<f32>() * total_len(layers), "the layers do not fill the struct");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::network::Activation::{LeakyRelu, Linear};

    const fn layer(inputs: usize, outputs: usize) -> Layer {
        Layer { inputs, outputs, activation: LeakyRelu }
    }

    fn check_dense(layers: &[Layer], size: usize) {
        let patches: heapless::Vec<Patches, 16> = layers.iter().map(|layer| Patches::whole(layer.inputs)).collect();
        check(layers, &patches, size);
    }

    #[test]
    fn layers_that_follow_each_other_are_a_network() {
        check_dense(&[layer(3, 5), Layer { activation: Linear, ..layer(5, 1) }], 4 * (32 + 16));
    }

    #[test]
    fn a_convolution_hands_on_as_many_outputs_as_it_has_patches() {
        let patches = Patches { side: 3, channels: 1, kernel: 2, stride: 1 };
        check(&[layer(4, 5), layer(20, 1)], &[patches, Patches::whole(20)], 4 * (32 + 32));
    }

    #[test]
    #[should_panic(expected = "as many inputs as its patches have numbers")]
    fn a_layer_of_another_width_than_its_patches_is_an_error() {
        check(&[layer(5, 5)], &[Patches { side: 3, channels: 1, kernel: 2, stride: 1 }], 4 * 32);
    }

    #[test]
    #[should_panic(expected = "a patch must fit into its image")]
    fn a_patch_larger_than_its_image_is_an_error() {
        check(&[layer(9, 5)], &[Patches { side: 2, channels: 1, kernel: 3, stride: 1 }], 4 * 64);
    }

    #[test]
    #[should_panic(expected = "as many inputs as the layer before has outputs")]
    fn widths_that_do_not_match_are_an_error() {
        check_dense(&[layer(3, 5), layer(4, 1)], 4 * 48);
    }

    #[test]
    #[should_panic(expected = "more than MAX_LAYERS")]
    fn more_layers_than_the_maximum_are_an_error() {
        check_dense(&[layer(3, 3); MAX_LAYERS + 1], 4 * 16 * (MAX_LAYERS + 1));
    }

    #[test]
    #[should_panic(expected = "at least one input and one output")]
    fn a_layer_without_outputs_is_an_error() {
        check_dense(&[layer(3, 0)], 0);
    }

    #[test]
    fn every_layer_is_filled_up_to_whole_cache_lines() {
        for (inputs, outputs) in [(1, 1), (7, 19), (100, 100), (128, 256)] {
            assert_eq!((inputs * outputs + outputs + fill(inputs, outputs)) % PANEL, 0);
            assert!(fill(inputs, outputs) < PANEL);
        }
    }
}
