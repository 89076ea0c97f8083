//! Post-training quantisation of a generator, to the integers of [`pocketgan_core::infer::model`].
//!
//! 1. Linear layers are folded into the next ([`folding`]), and the ranges of hidden units equalised ([`equalisation`]).
//! 2. Layer by layer, over some thousand calibration pictures: activations get one affine 8-bit scale per layer
//!    ([`activation_scale`]); weights one symmetric scale per row ([`row`]).
//! 3. Weights are rounded with error compensation ([`gptq`]), then improved by coordinate descent
//!    ([`coordinate_descent`]), which in the last layer counts errors by how much they show ([`pixel_importance`]). Each
//!    layer is fitted to the quantised inputs that it will have, so that it also compensates errors of the layers before.
//! 4. A bias per row corrects the mean error of its sum, and a multiplier per row brings the sum to the scale of the outputs
//!    ([`layer`]).
//!
//! If training has rounded the last layer to 4 bits ([`pocketgan_core::train::four_bits`]), a last layer in 4 bits gets just
//! those weights instead: the network has learned with them.
//!
//! The rule by which devices compute with these integers is at the head of core's `model/integer.rs`.

mod activation_scale;
mod coordinate_descent;
mod equalisation;
pub(crate) mod folding;
mod gptq;
mod layer;
mod moments;
mod pixel_importance;
mod row;
#[cfg(test)]
mod tests;
mod trained_grid;

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use pocketgan_core::infer::integer::Precision;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{Header, LATENT_BITS, LATENT_ZERO, LayerHeader, TANH_FRACTION_BITS};
use pocketgan_core::nn::activation;
use pocketgan_core::nn::network::Activation;
use pocketgan_core::recipe::Generator;

use crate::export::float::{forward, rows_of};
use crate::export::model_file::{encode, layer_header};
use activation_scale::ActivationScale;
use equalisation::equalised;
use folding::{OwnedLayer, folded};
use gptq::Gptq;
use layer::IntegerLayer;
use row::{Fit, Inputs};
use trained_grid::TrainedGrid;

/// Seeds of the calibration pictures: apart from those that people draw and that quality is measured on.
const CALIBRATION: Range<u32> = 0x8000_0000..0x8000_1000;

/// How weights become integers.
#[derive(Clone, Copy)]
pub(crate) struct Scheme {
    /// Of all layers but the last.
    pub(crate) hidden: Precision,
    pub(crate) last: Precision,
    /// Whether training has rounded the last layer to 4 bits.
    pub(crate) trained_in_four_bits: bool,
}

impl Scheme {
    /// Whether the last layer gets the weights that training has found.
    fn has_trained_grid(self) -> bool {
        self.trained_in_four_bits && self.last == Precision::Int4
    }
}

/// The model file of `generator` in integers, with these metadata.
///
/// # Errors
/// If the weights are so large that activations overflow.
pub(crate) fn quantise(generator: &Generator, scheme: Scheme, metadata: &[u8]) -> Result<Vec<u8>> {
    quantise_on(CALIBRATION, generator, scheme, metadata)
}

/// [`quantise`] with calibration pictures of these seeds.
fn quantise_on(calibration: Range<u32>, generator: &Generator, scheme: Scheme, metadata: &[u8]) -> Result<Vec<u8>> {
    let latents: Vec<Latent> = calibration.map(Latent::of_picture).collect();
    let latents = rows_of(&latents);
    let layers = equalised(folded(generator), &latents, scheme.has_trained_grid());
    ensure!(layers.iter().all(OwnedLayer::is_finite), "the weights are too large: products of them overflow");
    let mut calibrator = Calibrator::new(latents);
    let mut header = Header { layers: Default::default() };
    let mut sections = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let quantised = calibrator.quantise(layer, scheme).with_context(|| format!("layer {index}"))?;
        let described = LayerHeader { quantisation: Some(quantised.quantisation), ..layer_header(&layer.shape) };
        header.layers.push(described).expect("folding adds no layers");
        sections.extend(quantised.sections());
    }
    let sections: Vec<&[u8]> = sections.iter().map(Vec::as_slice).collect();
    encode(&header, &sections, metadata)
}

/// Quantises layers in order, keeping the inputs of the next over the calibration pictures.
struct Calibrator {
    /// The inputs of the next layer in floats, `[rows][inputs]`.
    exact: Vec<f32>,
    /// The same as the quantised layers give them.
    quantised: Vec<f32>,
    /// The scale of the latter.
    scale: ActivationScale,
}

impl Calibrator {
    /// `latents` are `[rows][LATENT]`.
    fn new(latents: Vec<f32>) -> Self {
        let scale = ActivationScale { step: 1.0 / f64::from(1 << LATENT_BITS), zero_point: LATENT_ZERO };
        let mut quantised = latents.clone();
        scale.round(&mut quantised);
        Self { exact: latents, quantised, scale }
    }

    /// The next layer in integers.
    fn quantise(&mut self, layer: &OwnedLayer, scheme: Scheme) -> Result<IntegerLayer> {
        let is_last = layer.shape.activation == Activation::Tanh;
        let precision = if is_last { scheme.last } else { scheme.hidden };
        let gptq = Gptq::new(&self.quantised, &self.exact, layer.shape.inputs)?;
        let inputs = Inputs { scale: self.scale, x: &self.quantised, gptq };
        let sums = |layer: &OwnedLayer| forward(layer.view(Activation::Linear), &self.exact);
        // There is no next layer after the last, and pixels of all calibration pictures would take the most memory.
        if is_last {
            let output = ActivationScale { step: 1.0 / f64::from(1 << TANH_FRACTION_BITS), zero_point: 0 };
            if scheme.has_trained_grid() {
                let (layer, grid) = TrainedGrid::of(layer);
                return Ok(IntegerLayer::new(&layer, &grid, &inputs, &output, &sums(&layer)));
            }
            return Ok(IntegerLayer::new(layer, &Fit(precision), &inputs, &output, &sums(layer)));
        }
        let sums = sums(layer);
        self.exact.clone_from(&sums);
        activation::forward(layer.shape.activation, &mut self.exact);
        let output = ActivationScale::of(&self.exact);
        let quantised = IntegerLayer::new(layer, &Fit(precision), &inputs, &output, &sums);
        self.quantised = forward(quantised.layer.view(layer.shape.activation), &self.quantised);
        output.round(&mut self.quantised);
        self.scale = output;
        Ok(quantised)
    }
}
