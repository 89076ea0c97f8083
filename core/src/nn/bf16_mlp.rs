//! The forward and backward pass of a multilayer perceptron with products in bfloat16, as [`mlp`](crate::nn::mlp) has them
//! in f32.
//!
//! A product reads its samples from `operand`, rows of pairs of neighbours, and writes its sums in f32. From these follow
//! activations or gradients in f32, which are rounded once: to pairs of samples, which the weight gradients will read, and
//! to the operand of the next product. So operand and sums are needed only during a pass, and only for the samples in it.

use crate::nn::activation::{self, Activation};
use crate::nn::activations::Activations;
use crate::nn::kernel::{
    Bf16Pair, Isa, Lanes, Operation, PairOrder, RegisterTile, Start, WIDTH, load_part, pair_neighbours, store_part,
};
use crate::nn::memory::take;
use crate::nn::mlp::{input_gradients, weighted_sums};
use crate::nn::network::{Layer, LayerView, Network, PerLayer};
use crate::nn::operands::{forward_kernels, transposed_kernels};

/// The memory of a pass.
#[derive(Debug)]
pub struct Passing<'m> {
    /// Number of samples.
    pub rows: usize,
    /// `[rows][width]`: the last sums, activations or gradients. The width is that of the layer that they belong to.
    pub sums: &'m mut [f32],
    /// `[rows][width / 2]`: the samples that the next product reads.
    pub operand: &'m mut [Bf16Pair],
}

impl<'m> Passing<'m> {
    /// Floats that a sample needs where no layer is wider than `width`.
    pub const fn floats_per_row(width: usize) -> usize {
        width + width.div_ceil(2)
    }

    /// The memory of `rows` samples where no layer is wider than `width`.
    ///
    /// # Panics
    /// If `memory` is shorter than `rows * floats_per_row`.
    pub fn carve(mut memory: &'m mut [f32], width: usize, rows: usize) -> Self {
        let sums = take(&mut memory, rows * width);
        Self { rows, sums, operand: bytemuck::cast_slice_mut(take(&mut memory, rows * width.div_ceil(2))) }
    }

    /// The same memory for other samples.
    pub fn of(&mut self, rows: usize) -> Passing<'_> {
        Passing { rows, sums: &mut *self.sums, operand: &mut *self.operand }
    }

    /// Rounds the sums, rows of `width`, to the operand.
    #[inline(always)]
    pub fn round<L: Lanes>(&mut self, width: usize) {
        let rows = self.sums.chunks_exact(width).zip(self.operand.chunks_exact_mut(width.div_ceil(2)));
        for (row, operand) in rows.take(self.rows) {
            pair_neighbours::<L>(row, operand);
        }
    }

    /// Copies `samples`, rows of `width`, to the operand.
    #[inline(always)]
    pub fn load(&mut self, width: usize, samples: &[Bf16Pair]) {
        let stride = 2 * width.div_ceil(2);
        let operand: &mut [u16] = bytemuck::cast_slice_mut(&mut self.operand[..self.rows * width.div_ceil(2)]);
        for (rows, pairs) in operand.chunks_mut(2 * stride).zip(samples.chunks_exact(width)) {
            let (first, second) = rows.split_at_mut(stride);
            first.iter_mut().zip(pairs).for_each(|(to, pair)| *to = pair.halves()[0]);
            second.iter_mut().zip(pairs).for_each(|(to, pair)| *to = pair.halves()[1]);
        }
    }

    /// Rounds the sums, rows of `width`, to `samples`, each multiplied by its factor first.
    #[inline(always)]
    pub fn keep<L: Lanes>(&self, width: usize, factors: Option<&[f32]>, samples: &mut [Bf16Pair]) {
        let sums = &self.sums[..self.rows * width];
        match factors {
            None => combine::<L>(samples, sums, width, &[], |_, sums, _| sums),
            Some(factors) => {
                combine::<L>(samples, sums, width, factors, |_, [a, b], [of_a, of_b]| [of_a * a, of_b * b]);
            }
        }
    }
}

/// Rounds the sums, rows of `width`, to `samples` and to the operand; those in `samples` are multiplied by a factor for
/// each sample first.
pub struct Store<'a, 'm> {
    /// The memory with the sums and the operand.
    pub passing: &'a mut Passing<'m>,
    /// Numbers of a sample.
    pub width: usize,
    /// `[rows]`
    pub factors: Option<&'a [f32]>,
    /// `[rows / 2][width]`
    pub samples: &'a mut [Bf16Pair],
}

impl Operation for Store<'_, '_> {
    type Output = ();

    const PAIRS: bool = true;

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        self.passing.keep::<T>(self.width, self.factors, self.samples);
        self.passing.round::<T>(self.width);
    }
}

/// Combines the pairs of `samples` with the `rows` of those samples and a factor for each, rows of `width`: `to = f(to,
/// [first, second], factors)`, rounded. A missing second row and missing factors are 0.
///
/// For use inside an [`Operation`].
#[inline(always)]
pub fn combine<L: Lanes>(
    samples: &mut [Bf16Pair],
    rows: &[f32],
    width: usize,
    factors: &[f32],
    f: impl Fn([L; 2], [L; 2], [L; 2]) -> [L; 2],
) {
    for (index, (pairs, rows)) in samples.chunks_exact_mut(width).zip(rows.chunks(2 * width)).enumerate() {
        let factor = |row: usize| L::splat(factors.get(row).copied().unwrap_or(0.0));
        let factors = [factor(2 * index), factor(2 * index + 1)];
        let (first, second) = rows.split_at(width);
        for (column, pairs) in (0..).step_by(WIDTH).zip(pairs.chunks_mut(WIDTH)) {
            let part = column..column + pairs.len();
            let second = second.get(part.clone()).map_or(L::splat(0.0), load_part);
            let pairs: &mut [f32] = bytemuck::cast_slice_mut(pairs);
            let [first, second] = f(load_part::<L>(pairs).halves(), [load_part(&first[part]), second], factors);
            store_part(L::rounded_pairs(first, second), pairs);
        }
    }
}

/// Multiplies gradients with respect to the outputs `y` of an activation function, rows of `width`, by its derivative.
#[inline(always)]
pub fn backward_activation(activation: Activation, y: &[Bf16Pair], width: usize, dy: &mut [f32]) {
    for (dy, y) in dy.chunks_mut(2 * width).zip(y.chunks_exact(width)) {
        let (first, second) = dy.split_at_mut(width);
        activation::backward_by(activation, 1.0, y.iter().map(|y| y.first()), first);
        activation::backward_by(activation, 1.0, y.iter().map(|y| y.second()), second);
    }
}

/// Carries the samples in the operand of `passing` through `network`: writes the inputs of all layers but the first to
/// `activations`, and leaves the outputs in the sums.
pub fn forward<N: Network>(
    isa: Isa,
    network: &N,
    copies: &N::Copies,
    activations: &mut Activations<'_, Bf16Pair>,
    passing: &mut Passing<'_>,
) {
    for (index, layer) in forward_kernels(network, copies).enumerate() {
        let next = activations.inputs.get_mut(index + 1).map(|next| &mut **next);
        isa.run(Forward { layer, passing: &mut *passing, next, order: isa.pair_order() });
    }
}

/// Carries the gradients of the last layer's sums, which are in the operand of `passing`, back through the network: writes
/// the gradients of all layers before, each multiplied by the factor of its sample.
pub fn backward<N: Network>(
    isa: Isa,
    copies: &N::Copies,
    activations: &mut Activations<'_, Bf16Pair>,
    factors: Option<&[f32]>,
    passing: &mut Passing<'_>,
) {
    let transposed: PerLayer<&[Bf16Pair]> = transposed_kernels::<N, _>(copies).collect();
    for index in (1..N::LAYERS.len()).rev() {
        isa.run(Backward {
            shape: N::LAYERS[index],
            transposed: transposed[index],
            passing: &mut *passing,
            before: Some(Before {
                activation: N::LAYERS[index - 1].activation,
                y: activations.inputs[index],
                dy: activations.gradients[index - 1],
                factors,
            }),
            order: isa.pair_order(),
        });
    }
}

/// Leaves the gradients with respect to the inputs of the network in the sums. Call [`backward`] first.
pub fn input_gradient<N: Network>(isa: Isa, copies: &N::Copies, passing: &mut Passing<'_>) {
    let transposed = transposed_kernels::<N, _>(copies).next().expect("a network has layers");
    isa.run(Backward { shape: N::LAYERS[0], transposed, passing, before: None, order: isa.pair_order() });
}

/// Leaves the operand times the kernel of a layer in the sums.
pub fn linear_layer(isa: Isa, layer: LayerView<'_, Bf16Pair>, passing: &mut Passing<'_>) {
    isa.run(weighted_sums(layer, passing.rows, passing.operand, Start::Zero, passing.sums, isa.pair_order()));
}

/// `y[rows][out] = f(x[rows][in] · W[in][out] + b[out])`
struct Forward<'a, 'm> {
    layer: LayerView<'a, Bf16Pair>,
    passing: &'a mut Passing<'m>,
    /// Where `y` is stored as the input of the next layer.
    next: Option<&'a mut [Bf16Pair]>,
    order: PairOrder,
}

impl Operation for Forward<'_, '_> {
    type Output = ();

    const PAIRS: bool = true;

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self { layer, passing, next, order } = self;
        let Layer { outputs, activation, .. } = layer.shape;
        let start = Start::Bias(layer.bias);
        T::multiply(weighted_sums(layer, passing.rows, passing.operand, start, passing.sums, order));
        activation::forward(activation, &mut passing.sums[..passing.rows * outputs]);
        if let Some(next) = next {
            Store { passing, width: outputs, factors: None, samples: next }.run::<T>();
        }
    }
}

/// `dx[rows][in] = dy[rows][out] · W[in][out]ᵀ * f'`, with `f` of the layer before.
struct Backward<'a, 'm> {
    shape: Layer,
    /// `Wᵀ`
    transposed: &'a [Bf16Pair],
    passing: &'a mut Passing<'m>,
    before: Option<Before<'a>>,
    order: PairOrder,
}

/// The layer before.
struct Before<'a> {
    activation: Activation,
    /// Its outputs.
    y: &'a [Bf16Pair],
    /// Where the gradients with respect to its sums are stored.
    dy: &'a mut [Bf16Pair],
    /// By which these are multiplied, for each sample.
    factors: Option<&'a [f32]>,
}

impl Operation for Backward<'_, '_> {
    type Output = ();

    const PAIRS: bool = true;

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self { shape, transposed, passing, before, order } = self;
        T::multiply(input_gradients(shape, transposed, passing.rows, passing.operand, passing.sums, order));
        if let Some(Before { activation, y, dy, factors }) = before {
            let width = shape.inputs;
            backward_activation(activation, y, width, &mut passing.sums[..passing.rows * width]);
            Store { passing, width, factors, samples: dy }.run::<T>();
        }
    }
}
