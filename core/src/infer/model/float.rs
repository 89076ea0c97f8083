//! Drawing from a float model, with the portable kernel, so that every machine draws the same bits.

use super::ModelError;
use super::format::Frame;
use crate::infer::latent::Latent;
use crate::infer::picture::{Picture, pixel};
use crate::nn::kernel::Isa;
use crate::nn::mlp::forward_layer;
use crate::nn::network::{Layer, LayerView, PerLayer};
use crate::recipe::{LATENT, PIXELS};

/// The generator of a float model, borrowed from its file.
#[derive(Clone, Debug)]
pub struct FloatGenerator<'a> {
    layers: PerLayer<LayerView<'a>>,
}

impl<'a> FloatGenerator<'a> {
    pub(super) fn borrow(file: &Frame<'a>) -> Result<Self, ModelError> {
        let mut contents = file.contents();
        let mut layers = PerLayer::new();
        for layer in &file.header.layers {
            let shape = Layer {
                inputs: usize::from(layer.inputs),
                outputs: usize::from(layer.outputs),
                activation: layer.activation,
            };
            let view = LayerView { shape, kernel: contents.next()?, bias: contents.next()? };
            layers.push(view).map_err(|_| ModelError::Layers)?;
        }
        Ok(Self { layers })
    }

    /// Draws the picture of `latent`. Takes 5 KB of stack.
    // Not inlined, so that a caller that only draws from integer models does not reserve this stack.
    #[inline(never)]
    pub fn draw(&self, latent: &Latent, picture: &mut Picture) {
        let (mut x, mut y) = ([0.0; PIXELS], [0.0; PIXELS]);
        latent.write_f32(&mut x[..LATENT]);
        for &layer in &self.layers {
            forward_layer(Isa::PORTABLE, layer, 1, &x[..layer.shape.inputs], &mut y);
            core::mem::swap(&mut x, &mut y);
        }
        for (pixel_out, &value) in picture.iter_mut().zip(&x) {
            *pixel_out = pixel(value);
        }
    }
}
