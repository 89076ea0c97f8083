//! The one multilayer perceptron: forward, backward, and what it has to remember in between.

use heapless::Vec;

use crate::nn::activation;
use crate::nn::kernel::{Isa, Lanes, Left, Operation, Product, Right, Start, WIDTH};
use crate::nn::network::{Activation, Layer, LayerView, MAX_LAYERS, Network, PANEL, layers, panels};

/// One thing for each layer.
pub type PerLayer<T> = Vec<T, MAX_LAYERS>;

/// What a set of samples leaves behind on its way through a network.
#[derive(Debug, Default)]
pub struct Trace<'m> {
    /// Number of samples.
    pub rows: usize,
    /// `[rows][layer's inputs]`: what went into each layer.
    pub inputs: PerLayer<&'m mut [f32]>,
    /// `[rows][layer's outputs]`: the loss's gradient with respect to each layer's sums.
    pub gradients: PerLayer<&'m mut [f32]>,
}

impl<'m> Trace<'m> {
    /// Floats that the trace of one sample takes.
    pub const fn floats_per_row(shapes: &[Layer]) -> usize {
        let (mut total, mut i) = (0, 0);
        while i < shapes.len() {
            total += shapes[i].inputs + shapes[i].outputs;
            i += 1;
        }
        total
    }

    /// A trace of `rows` samples, cut from the front of `memory`.
    ///
    /// # Panics
    /// If `memory` is shorter than `rows * floats_per_row`.
    pub fn carve(memory: &mut &'m mut [f32], shapes: &[Layer], rows: usize) -> Self {
        let mut cut = |width: usize| take(memory, rows * width);
        Self {
            rows,
            inputs: shapes.iter().map(|shape| cut(shape.inputs)).collect(),
            gradients: shapes.iter().map(|shape| cut(shape.outputs)).collect(),
        }
    }

    /// The same trace, borrowed for a shorter time.
    pub fn reborrow(&mut self) -> Trace<'_> {
        Trace {
            rows: self.rows,
            inputs: self.inputs.iter_mut().map(|rows| &mut **rows).collect(),
            gradients: self.gradients.iter_mut().map(|rows| &mut **rows).collect(),
        }
    }

    /// Cuts off the first `rows` samples.
    pub fn take_rows(&mut self, rows: usize) -> Self {
        let total = self.rows;
        let mut cut = |whole: &mut &'m mut [f32]| {
            let width = whole.len().checked_div(total).unwrap_or(0);
            take(whole, rows * width)
        };
        let first = Self {
            rows,
            inputs: self.inputs.iter_mut().map(&mut cut).collect(),
            gradients: self.gradients.iter_mut().map(&mut cut).collect(),
        };
        self.rows -= rows;
        first
    }
}

/// Cuts the first `len` elements off `slice`.
pub(crate) fn take<'m, T>(slice: &mut &'m mut [T], len: usize) -> &'m mut [T] {
    let (first, rest) = core::mem::take(slice).split_at_mut(len);
    *slice = rest;
    first
}

/// Carries `trace.inputs[0]` through `network`: fills the other inputs, and `output` (`[rows][outputs]`).
pub fn forward<N: Network>(isa: Isa, network: &N, trace: &mut Trace<'_>, output: &mut [f32]) {
    for (index, layer) in layers(N::LAYERS, network.flat()).enumerate() {
        let (before, after) = trace.inputs.split_at_mut(index + 1);
        let y = after.first_mut().map_or(&mut *output, |next| next);
        forward_layer(isa, layer, trace.rows, before[index], y);
    }
}

/// `y[rows][outputs] = activation(x[rows][inputs] · kernel + bias)`
pub fn forward_layer(isa: Isa, layer: LayerView<'_>, rows: usize, x: &[f32], y: &mut [f32]) {
    isa.run(Forward { layer, rows, x, y });
}

/// Carries `trace.gradients[last]` back through `network`: fills the gradients of all layers before.
pub fn backward<N: Network>(isa: Isa, transposed: &N::Panels, trace: &mut Trace<'_>) {
    let transposed: PerLayer<&[f32]> =
        panels(N::LAYERS, bytemuck::cast_slice(bytemuck::bytes_of(transposed))).collect();
    for index in (1..N::LAYERS.len()).rev() {
        let (before, after) = trace.gradients.split_at_mut(index);
        isa.run(Backward {
            shape: N::LAYERS[index],
            transposed: transposed[index],
            rows: trace.rows,
            dy: after[0],
            dx: before[index - 1],
            below: Some((N::LAYERS[index - 1].activation, trace.inputs[index])),
        });
    }
}

/// The gradient with respect to what went into the network, `[rows][inputs]`, into `dx`; after [`backward`].
pub fn input_gradient<N: Network>(isa: Isa, transposed: &N::Panels, trace: &Trace<'_>, dx: &mut [f32]) {
    let transposed = bytemuck::cast_slice(bytemuck::bytes_of(transposed));
    isa.run(Backward {
        shape: N::LAYERS[0],
        transposed: &transposed[..N::LAYERS[0].panels_len()],
        rows: trace.rows,
        dy: trace.gradients[0],
        dx,
        below: None,
    });
}

/// `y[rows][outputs] = x[rows][inputs] · kernel`
pub fn linear_layer(isa: Isa, layer: LayerView<'_>, rows: usize, x: &[f32], y: &mut [f32]) {
    isa.run(sums(layer, rows, x, Start::Zero, y));
}

/// The sums of a layer.
#[inline(always)]
fn sums<'a>(layer: LayerView<'a>, rows: usize, x: &'a [f32], start: Start<'a>, y: &'a mut [f32]) -> Product<'a> {
    let Layer { inputs, outputs, .. } = layer.shape;
    Product {
        rows,
        depth: inputs,
        columns: outputs,
        left: Left::Rows { data: x, stride: inputs },
        right: Right { data: layer.kernel, depth_stride: outputs, group_stride: WIDTH },
        start,
        out: y,
        out_stride: outputs,
        beside: (),
    }
}

struct Forward<'a> {
    layer: LayerView<'a>,
    rows: usize,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Operation for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { layer, rows, x, y } = self;
        L::multiply(sums(layer, rows, x, Start::Bias(layer.bias), y));
        activation::forward(layer.shape.activation, &mut y[..rows * layer.shape.outputs]);
    }
}

/// `dx[rows][in] = dy[rows][out] · kernelᵀ`, and through the activation of the layer below.
struct Backward<'a> {
    shape: Layer,
    transposed: &'a [f32],
    rows: usize,
    dy: &'a [f32],
    dx: &'a mut [f32],
    /// The activation that made this layer's inputs, and those inputs.
    below: Option<(Activation, &'a [f32])>,
}

impl Operation for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Layer { inputs, outputs, .. } = self.shape;
        L::multiply(Product {
            rows: self.rows,
            depth: outputs,
            columns: inputs,
            left: Left::Rows { data: self.dy, stride: outputs },
            right: Right { data: self.transposed, depth_stride: PANEL, group_stride: outputs * PANEL },
            start: Start::Zero,
            out: self.dx,
            out_stride: inputs,
            beside: (),
        });
        if let Some((activation, y)) = self.below {
            activation::backward(activation, y, &mut self.dx[..self.rows * inputs]);
        }
    }
}
