//! The forward and backward pass of a multilayer perceptron.
//!
//! For a layer with inputs `x[rows][in]`, kernel `W[in][out]`, bias `b[out]` and activation `f`, one row per sample:
//!
//! - forward: `y[rows][out] = f(x W + b)`
//! - backward: `dx[rows][in] = dy Wᵀ`, then `dx * f'` of the layer before; `dy` is with respect to the weighted sums.
//!
//! The gradients of the weights, `xᵀ dy`, are part of the [update](crate::train::update).

use crate::nn::activation::{self, Activation};
use crate::nn::activations::Activations;
use crate::nn::kernel::{Element, Isa, Left, Operation, Product, RegisterTile, Right, Start, WIDTH};
use crate::nn::network::{Layer, LayerView, Network, PANEL, PerLayer, layers};
use crate::nn::operands::transposed_kernels;
use crate::nn::patches::are_whole;

/// Carries `activations.inputs[0]` through `network`: writes the other inputs, and `output` (`[rows][outputs]`).
pub fn forward<N: Network>(isa: Isa, network: &N, activations: &mut Activations<'_>, output: &mut [f32]) {
    const { assert!(are_whole(N::PATCHES), "a network with convolutions is not a multilayer perceptron") };
    for (index, layer) in layers(N::LAYERS, network.flat()).enumerate() {
        let (before, after) = activations.inputs.split_at_mut(index + 1);
        let y = after.first_mut().map_or(&mut *output, |next| next);
        forward_layer(isa, layer, activations.rows, before[index], y);
    }
}

/// `y[rows][outputs] = activation(x[rows][inputs] · kernel + bias)`
pub fn forward_layer(isa: Isa, layer: LayerView<'_>, rows: usize, x: &[f32], y: &mut [f32]) {
    isa.run(Forward { layer, rows, x, y });
}

/// Carries the gradients of the last layer back through the network: writes `activations.gradients` of all layers before.
pub fn backward<N: Network>(isa: Isa, copies: &N::Copies, activations: &mut Activations<'_>) {
    let transposed: PerLayer<&[f32]> = transposed_kernels::<N, f32>(copies).collect();
    for index in (1..N::LAYERS.len()).rev() {
        let (before, after) = activations.gradients.split_at_mut(index);
        isa.run(Backward {
            shape: N::LAYERS[index],
            transposed: transposed[index],
            rows: activations.rows,
            dy: after[0],
            dx: before[index - 1],
            before: Some((N::LAYERS[index - 1].activation, activations.inputs[index])),
        });
    }
}

/// Writes the gradient with respect to the inputs of the network, `dx[rows][inputs]`. Call [`backward`] first.
pub fn input_gradient<N: Network>(isa: Isa, copies: &N::Copies, activations: &Activations<'_>, dx: &mut [f32]) {
    let first = transposed_kernels::<N, f32>(copies).next().expect("a network has layers");
    layer_input_gradient(isa, N::LAYERS[0], first, activations.rows, activations.gradients[0], dx);
}

/// `dx[rows][inputs] = dy[rows][outputs] · kernelᵀ` of one layer, whose kernel is `transposed`.
pub fn layer_input_gradient(isa: Isa, shape: Layer, transposed: &[f32], rows: usize, dy: &[f32], dx: &mut [f32]) {
    isa.run(Backward { shape, transposed, rows, dy, dx, before: None });
}

/// `y[rows][outputs] = x[rows][inputs] · kernel`
pub fn linear_layer(isa: Isa, layer: LayerView<'_>, rows: usize, x: &[f32], y: &mut [f32]) {
    isa.run(weighted_sums(layer, rows, x, Start::Zero, y, ()));
}

/// `y[rows][outputs] = start + x[rows][inputs] · kernel`
#[inline(always)]
pub(super) fn weighted_sums<'a, E: Element>(
    layer: LayerView<'a, E>,
    rows: usize,
    x: &'a [E],
    start: Start<'a>,
    y: &'a mut [f32],
    order: E::Order,
) -> Product<'a, (), E> {
    let Layer { inputs, outputs, .. } = layer.shape;
    let depth = inputs.div_ceil(E::DEPTH);
    Product {
        rows,
        depth,
        columns: outputs,
        left: Left::Rows { data: x, stride: depth },
        right: Right { data: layer.kernel, depth_stride: outputs, group_stride: WIDTH },
        start,
        out: y,
        out_stride: outputs,
        order,
        interleaved: (),
    }
}

/// `dx[rows][inputs] = dy[rows][outputs] · kernelᵀ`
#[inline(always)]
pub(super) fn input_gradients<'a, E: Element>(
    shape: Layer,
    transposed: &'a [E],
    rows: usize,
    dy: &'a [E],
    dx: &'a mut [f32],
    order: E::Order,
) -> Product<'a, (), E> {
    let Layer { inputs, outputs, .. } = shape;
    let depth = outputs.div_ceil(E::DEPTH);
    Product {
        rows,
        depth,
        columns: inputs,
        left: Left::Rows { data: dy, stride: depth },
        right: Right { data: transposed, depth_stride: PANEL, group_stride: depth * PANEL },
        start: Start::Zero,
        out: dx,
        out_stride: inputs,
        order,
        interleaved: (),
    }
}

/// `y[rows][out] = f(x[rows][in] · W[in][out] + b[out])`
struct Forward<'a> {
    layer: LayerView<'a>,
    rows: usize,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Operation for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self { layer, rows, x, y } = self;
        T::multiply(weighted_sums(layer, rows, x, Start::Bias(layer.bias), y, ()));
        activation::forward(layer.shape.activation, &mut y[..rows * layer.shape.outputs]);
    }
}

/// `dx[rows][in] = dy[rows][out] · W[in][out]ᵀ * f'`, with `f` of the layer before.
struct Backward<'a> {
    shape: Layer,
    /// `Wᵀ`
    transposed: &'a [f32],
    rows: usize,
    dy: &'a [f32],
    dx: &'a mut [f32],
    /// The activation of the layer before, and its outputs `[rows][in]`.
    before: Option<(Activation, &'a [f32])>,
}

impl Operation for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self { shape, transposed, rows, dy, dx, before } = self;
        T::multiply(input_gradients(shape, transposed, rows, dy, dx, ()));
        if let Some((activation, y)) = before {
            activation::backward(activation, y, &mut dx[..rows * shape.inputs]);
        }
    }
}
