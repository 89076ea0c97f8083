//! Every instruction set against plain arithmetic and the naive triple loop, for sizes that are no multiples of a tile.

extern crate std;

use core::ops::Range;
use crc::{CRC_32_ISO_HDLC, Crc};
use std::vec::Vec;

use super::*;
use crate::random::{Purpose, Stream};

/// Operands on the heap, exactly as long as the shape needs, so that AddressSanitizer detects reads past the end.
struct Operands<E = f32> {
    a: Vec<E>,
    b: Vec<E>,
    bias: Vec<f32>,
}

fn operands(seed: u64, shape: Shape) -> Operands {
    let mut stream = Stream::at(seed, Purpose::Weights, 0);
    let mut floats = |len| (0..len).map(|_| stream.symmetric()).collect();
    let Shape { rows, depth, columns, .. } = shape;
    Operands { a: floats(rows * depth), b: floats(len_of_b(shape)), bias: floats(columns) }
}

/// Random pairs. Products and sums of numbers of such different magnitudes are rounded in every step.
fn operands_of_pairs(shape: Shape) -> Operands<Bf16Pair> {
    let mut stream = Stream::at(5, Purpose::Weights, 0);
    let mut number = || (8.0 * stream.symmetric()).exp2() * stream.symmetric();
    let mut pairs = |len| (0..len).map(|_| Bf16Pair::new(number(), number())).collect();
    let (a, b) = (pairs(shape.rows * shape.depth), pairs(len_of_b(shape)));
    Operands { a, b, bias: (0..shape.columns).map(|_| number()).collect() }
}

fn len_of_b(shape: Shape) -> usize {
    index_in_b(right::<f32>(shape, &[]), shape.depth - 1, shape.columns - 1) + 1
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    rows: usize,
    depth: usize,
    columns: usize,
    /// Whether A is column-major, as for a weight gradient.
    a_transposed: bool,
    /// Whether B is in panels of sixteen columns, as transposed kernels are.
    b_in_panels: bool,
    biased: bool,
}

fn left<E>(shape: Shape, data: &[E]) -> Left<'_, E> {
    if shape.a_transposed {
        Left::Columns { data, stride: shape.rows }
    } else {
        Left::Rows { data, stride: shape.depth }
    }
}

fn right<E>(shape: Shape, data: &[E]) -> Right<'_, E> {
    if shape.b_in_panels {
        Right { data, depth_stride: WIDTH, group_stride: shape.depth * WIDTH }
    } else {
        Right { data, depth_stride: shape.columns, group_stride: WIDTH }
    }
}

fn index_in_b<E>(b: Right<'_, E>, depth: usize, column: usize) -> usize {
    depth * b.depth_stride + column / WIDTH * b.group_stride + column % WIDTH
}

/// The content of C before a product.
const UNTOUCHED: f32 = 12345.0;

/// C, with a spare column that the product must not write.
fn product<E: Element>(isa: Isa, shape: Shape, operands: &Operands<E>, interleaved: impl Interleave) -> Vec<f32> {
    let Shape { rows, depth, columns, biased, .. } = shape;
    let mut out = std::vec![UNTOUCHED; rows * (columns + 1)];
    isa.run(Product {
        rows,
        depth,
        columns,
        left: left(shape, &operands.a),
        right: right(shape, &operands.b),
        start: if biased { Start::Bias(&operands.bias) } else { Start::Zero },
        out: &mut out,
        out_stride: columns + 1,
        order: E::order(isa.pair_order()),
        interleaved,
    });
    out
}

/// Records the vectors of its steps.
struct Recorder<'a>(&'a mut Vec<(usize, usize)>);

impl Interleave for Recorder<'_> {
    const ENABLED: bool = true;

    #[inline(always)]
    fn step<T: RegisterTile>(&mut self, rows: Range<usize>, column: usize) {
        assert!(rows.len() <= T::INTERLEAVED_ROWS);
        self.0.extend(rows.map(|row| (row, column)));
    }
}

fn naive(shape: Shape, operands: &Operands, row: usize, column: usize) -> f64 {
    let start = if shape.biased { f64::from(operands.bias[column]) } else { 0.0 };
    elements(shape, operands, row, column).fold(start, |sum, (a, b)| sum + f64::from(a) * f64::from(b))
}

/// The sum of a product of pairs in the order that [`PairOrder`] states.
fn naive_of_pairs(order: PairOrder, shape: Shape, operands: &Operands<Bf16Pair>, row: usize, column: usize) -> f32 {
    let start = if shape.biased { operands.bias[column] } else { 0.0 };
    let pairs = elements(shape, operands, row, column);
    if order == PairOrder::Pairs {
        return pairs.fold(start, |sum, (a, b)| sum + a.second() * b.second() + a.first() * b.first());
    }
    let of_tile = |pairs: &[(Bf16Pair, Bf16Pair)]| {
        let first = pairs.iter().fold(0.0, |sum, (a, b)| sum + a.first() * b.first());
        let second = pairs.iter().fold(0.0, |sum, (a, b)| sum + a.second() * b.second());
        first + second
    };
    pairs.collect::<Vec<_>>().chunks(16).fold(start, |sum, pairs| sum + of_tile(pairs))
}

/// The elements of A and B that are multiplied for an element of C.
fn elements<E: Element>(
    shape: Shape,
    operands: &Operands<E>,
    row: usize,
    column: usize,
) -> impl Iterator<Item = (E, E)> {
    let (a, b) = (left(shape, &operands.a), right(shape, &operands.b));
    let (row_stride, depth_stride) = a.strides();
    (0..shape.depth).map(move |k| (a.data()[row * row_stride + k * depth_stride], b.data[index_in_b(b, k, column)]))
}

fn shapes() -> impl Iterator<Item = Shape> {
    let sizes = [(1, 1, 1), (2, 3, 5), (7, 16, 16), (8, 5, 48), (13, 31, 17), (16, 40, 63), (21, 9, 67), (30, 64, 50)];
    shapes_of(sizes)
}

/// Shapes that are whole tiles of AMX in some of their sizes, in all or in none, and more deep than is packed at once.
fn shapes_in_tiles() -> impl Iterator<Item = Shape> {
    let large = [(32, 32, 32), (64, 50, 100), (16, 256, 48), (15, 300, 49), (33, 16, 80), (48, 530, 17)];
    shapes().chain(shapes_of(large))
}

fn shapes_of<const N: usize>(sizes: [(usize, usize, usize); N]) -> impl Iterator<Item = Shape> {
    sizes.into_iter().enumerate().flat_map(|(i, (rows, depth, columns))| {
        [false, true].into_iter().flat_map(move |a_transposed| {
            [false, true].map(|b_in_panels| Shape {
                rows,
                depth,
                columns,
                a_transposed,
                b_in_panels,
                biased: i % 2 == 0,
            })
        })
    })
}

#[test]
fn every_tile_agrees_with_the_naive_triple_loop_and_writes_nothing_else() {
    for (isa, shape) in Isa::available().flat_map(|isa| shapes().map(move |shape| (isa, shape))) {
        let operands = operands(1, shape);
        let out = product(isa, shape, &operands, ());
        for (row, out) in out.chunks_exact(shape.columns + 1).enumerate() {
            for (column, &value) in out[..shape.columns].iter().enumerate() {
                let expected = naive(shape, &operands, row, column);
                assert!((f64::from(value) - expected).abs() < 1e-5, "{isa:?} {shape:?} at {row}, {column}");
            }
            assert_eq!(out[shape.columns], UNTOUCHED, "{isa:?} {shape:?} wrote past row {row}");
        }
    }
}

/// All instruction sets, with both orders of sums of pairs.
fn isas_of_pairs() -> impl Iterator<Item = Isa> {
    Isa::available().flat_map(|isa| [isa, isa.in_tiles()])
}

#[test]
fn every_tile_multiplies_pairs_to_the_bit_and_writes_nothing_else() {
    for (isa, shape) in isas_of_pairs().flat_map(|isa| shapes_in_tiles().map(move |shape| (isa, shape))) {
        let operands = operands_of_pairs(shape);
        let out = product(isa, shape, &operands, ());
        for (row, out) in out.chunks_exact(shape.columns + 1).enumerate() {
            for (column, &value) in out[..shape.columns].iter().enumerate() {
                assert_eq!(
                    value,
                    naive_of_pairs(isa.pair_order(), shape, &operands, row, column),
                    "{isa:?} {shape:?} at {row}, {column}"
                );
            }
            assert_eq!(out[shape.columns], UNTOUCHED, "{isa:?} {shape:?} wrote past row {row}");
        }
    }
}

/// `sum + a · b` of sixteen pairs, with the processor's instructions for them if `PAIRS`.
struct AddPairs<'a, const PAIRS: bool>(&'a [f32; WIDTH], &'a [Bf16Pair; WIDTH], &'a [Bf16Pair; WIDTH]);

impl<const PAIRS: bool> Operation for AddPairs<'_, PAIRS> {
    type Output = [f32; WIDTH];

    const PAIRS: bool = PAIRS;

    #[inline(always)]
    fn run<L: Lanes>(self) -> [f32; WIDTH] {
        let [a, b] = [self.1, self.2].map(|pairs| L::load(bytemuck::cast_ref(pairs)));
        let mut to = [0.0; WIDTH];
        L::load(self.0).add_products_of_pairs(a, b).store(&mut to);
        to
    }
}

#[test]
fn pairs_are_multiplied_alike_with_and_without_instructions_for_them() {
    let mut stream = Stream::at(6, Purpose::Weights, 0);
    for _ in 0..1000 {
        let sums = core::array::from_fn(|_| stream.symmetric());
        let [a, b] = [(); 2].map(|()| core::array::from_fn(|_| Bf16Pair::new(stream.symmetric(), stream.symmetric())));
        let expected: [f32; WIDTH] =
            core::array::from_fn(|i| sums[i] + a[i].second() * b[i].second() + a[i].first() * b[i].first());
        for isa in Isa::available() {
            assert_eq!(isa.run(AddPairs::<true>(&sums, &a, &b)), expected, "{isa:?}");
            assert_eq!(isa.run(AddPairs::<false>(&sums, &a, &b)), expected, "{isa:?} without instructions for pairs");
        }
    }
}

#[test]
fn interleaved_work_has_one_step_per_vector_of_the_product_and_does_not_change_it() {
    let whole_groups = |shape: Shape| shape.columns.next_multiple_of(WIDTH);
    let shapes = || shapes().map(|shape| Shape { a_transposed: true, columns: whole_groups(shape), ..shape });
    for (isa, shape) in isas_of_pairs().flat_map(|isa| shapes().map(move |shape| (isa, shape))) {
        one_step_per_vector(isa, shape, &operands(1, shape));
        one_step_per_vector(isa, shape, &operands_of_pairs(shape));
    }
}

fn one_step_per_vector<E: Element>(isa: Isa, shape: Shape, operands: &Operands<E>) {
    let mut steps = Vec::new();
    let out = product(isa, shape, operands, Recorder(&mut steps));
    assert!(out == product(isa, shape, operands, ()), "{isa:?} {shape:?}");
    steps.sort_unstable();
    let vectors = (0..shape.columns).step_by(WIDTH);
    let expected = (0..shape.rows).flat_map(|row| vectors.clone().map(move |column| (row, column)));
    assert!(steps.into_iter().eq(expected), "{isa:?} {shape:?}");
}

#[test]
fn interleaved_work_is_refused_for_products_that_are_not_compiled_with_it() {
    let refused = |a_transposed, columns, reason: &str| {
        let shape = Shape { rows: 4, depth: 5, columns, a_transposed, b_in_panels: false, biased: false };
        let operands = operands(1, shape);
        let result = std::panic::catch_unwind(|| product(Isa::best(), shape, &operands, Recorder(&mut Vec::new())));
        assert!(result.unwrap_err().downcast_ref::<&str>().is_some_and(|panic| panic.contains(reason)));
    };
    refused(false, 16, "column-major");
    refused(true, 17, "whole groups");
}

/// All instruction sets with fused multiply-adds: all but the portable one.
fn fused() -> impl Iterator<Item = Isa> {
    Isa::available().filter(|&isa| isa != Isa::PORTABLE)
}

/// The checksum was recorded with AVX2: training gives the same bits on every machine with fused multiply-adds.
#[test]
fn fused_tiles_of_every_instruction_set_give_the_recorded_bits() {
    for isa in fused() {
        let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
        let mut digest = crc.digest();
        for shape in shapes() {
            let out = product(isa, shape, &operands(2, shape), ());
            out.iter().for_each(|value| digest.update(&value.to_le_bytes()));
        }
        assert_eq!(digest.finalize(), 0x967d_df15, "{isa:?}");
    }
}

/// Every arithmetic operation of [`Lanes`] on sixteen pairs of numbers, in the order of [`plain_arithmetic`].
struct Arithmetic<'a>(&'a [f32; WIDTH], &'a [f32; WIDTH]);

impl Operation for Arithmetic<'_> {
    type Output = [[f32; WIDTH]; 6];
    #[inline(always)]
    fn run<L: Lanes>(self) -> Self::Output {
        let (a, b) = (L::load(self.0), L::load(self.1));
        [a + b, a - b, a * b, a / b, b.sqrt(), L::splat(self.0[3])].map(|lanes| {
            let mut to = [0.0; WIDTH];
            lanes.store(&mut to);
            to
        })
    }
}

fn plain_arithmetic(a: &[f32; WIDTH], b: &[f32; WIDTH]) -> [[f32; WIDTH]; 6] {
    let each = |f: fn(f32, f32) -> f32| core::array::from_fn(|i| f(a[i], b[i]));
    let splat = [a[3]; WIDTH];
    [each(|a, b| a + b), each(|a, b| a - b), each(|a, b| a * b), each(|a, b| a / b), each(|_, b| b.sqrt()), splat]
}

#[test]
fn lanes_do_plain_arithmetic() {
    let mut stream = Stream::at(3, Purpose::Weights, 0);
    let a = core::array::from_fn(|_| stream.symmetric());
    let b = core::array::from_fn(|_| stream.symmetric().abs());
    for isa in Isa::available() {
        assert_eq!(isa.run(Arithmetic(&a, &b)), plain_arithmetic(&a, &b), "{isa:?}");
    }
}

/// Rounds numbers to pairs, with the processor's instructions for them if `PAIRS`: those of two rows, and neighbours.
struct Round<'a, const PAIRS: bool>(&'a [f32; WIDTH], &'a [f32; WIDTH]);

impl<const PAIRS: bool> Operation for Round<'_, PAIRS> {
    type Output = [[Bf16Pair; WIDTH]; 2];

    const PAIRS: bool = PAIRS;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Self::Output {
        let (first, second) = (L::load(self.0), L::load(self.1));
        let mut pairs = [[Bf16Pair::default(); WIDTH]; 2];
        L::rounded_pairs(first, second).store(bytemuck::cast_mut(&mut pairs[0]));
        L::rounded_neighbours(first, second).store(bytemuck::cast_mut(&mut pairs[1]));
        pairs
    }
}

/// Numbers with all bit patterns, but those that are not numbers.
fn any_numbers(stream: &mut Stream) -> [f32; WIDTH] {
    core::array::from_fn(|_| Some(f32::from_bits(stream.next_u32())).filter(|x| !x.is_nan()).unwrap_or(f32::INFINITY))
}

#[test]
fn numbers_are_rounded_alike_with_and_without_instructions_for_that() {
    let mut stream = Stream::at(7, Purpose::Weights, 0);
    let halfway = |bits: u32| f32::from_bits(bits << 16 | 0x8000);
    let special = [0.0, -0.0, 1e-39, -1e-39, f32::MIN_POSITIVE, f32::MAX, f32::NEG_INFINITY, halfway(0x3f80)];
    for round in 0..2000 {
        let (mut first, second) = (any_numbers(&mut stream), any_numbers(&mut stream));
        if round == 0 {
            first[..special.len()].copy_from_slice(&special);
        }
        let numbers: Vec<f32> = first.into_iter().chain(second).collect();
        let expected = [
            core::array::from_fn(|i| Bf16Pair::new(first[i], second[i])),
            core::array::from_fn(|i| Bf16Pair::new(numbers[2 * i], numbers[2 * i + 1])),
        ];
        for isa in Isa::available() {
            assert_eq!(isa.run(Round::<true>(&first, &second)), expected, "{isa:?}");
            assert_eq!(isa.run(Round::<false>(&first, &second)), expected, "{isa:?} without the instruction");
        }
    }
}

/// Transposes a block in place.
struct Transpose<'a>(&'a mut [[f32; WIDTH]; WIDTH]);

impl Operation for Transpose<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let columns = L::transposed(self.0.each_ref().map(L::load));
        self.0.iter_mut().zip(columns).for_each(|(to, column)| column.store(to));
    }
}

#[test]
fn transposed_lanes_are_the_columns() {
    let number = |row: usize, column: usize| (row * WIDTH + column) as f32;
    for isa in Isa::available() {
        let mut block = core::array::from_fn(|row| core::array::from_fn(|column| number(row, column)));
        isa.run(Transpose(&mut block));
        let expected = core::array::from_fn(|row| core::array::from_fn(|column| number(column, row)));
        assert_eq!(block, expected, "{isa:?}");
    }
}

/// Copies a slice of up to sixteen floats, and returns the lanes that it was loaded to.
struct CopyFirst<'a>(&'a [f32], &'a mut [f32]);

impl Operation for CopyFirst<'_> {
    type Output = [f32; WIDTH];
    #[inline(always)]
    fn run<L: Lanes>(self) -> [f32; WIDTH] {
        let Self(from, to) = self;
        assert!(from.len() <= WIDTH && from.len() <= to.len());
        // SAFETY: `from` has as many floats as are read, at most `WIDTH`.
        let lanes = unsafe { L::load_first(from.as_ptr(), from.len()) };
        // SAFETY: `to` has at least as many floats as are written.
        unsafe { lanes.store_first(to.as_mut_ptr(), from.len()) };
        let mut all = [UNTOUCHED; WIDTH];
        lanes.store(&mut all);
        all
    }
}

#[test]
fn partial_loads_and_stores_access_the_first_lanes_only() {
    let source: [f32; WIDTH + 1] = core::array::from_fn(|i| 1.0 + i as f32);
    for (isa, count) in Isa::available().flat_map(|isa| (0..=WIDTH).map(move |count| (isa, count))) {
        let mut to = [UNTOUCHED; WIDTH + 1];
        let lanes = isa.run(CopyFirst(&source[..count], &mut to));
        assert_eq!(lanes[..count], source[..count], "{isa:?} {count}");
        assert!(lanes[count..].iter().all(|&x| x == 0.0), "{isa:?} read more than {count}: {lanes:?}");
        assert_eq!(to[..count], source[..count], "{isa:?} {count}");
        assert!(to[count..].iter().all(|&x| x == UNTOUCHED), "{isa:?} wrote more than {count}: {to:?}");
    }
}

#[test]
#[should_panic(expected = "B is too short")]
fn a_slice_that_is_too_short_is_an_error() {
    let shape = Shape { rows: 2, depth: 3, columns: 17, a_transposed: false, b_in_panels: false, biased: false };
    let mut out = [0.0; 36];
    Isa::best().run(Product {
        rows: 2,
        depth: 3,
        columns: 17,
        left: left(shape, &[0.0; 6]),
        right: right(shape, &[0.0; 50]),
        start: Start::Zero,
        out: &mut out,
        out_stride: 18,
        order: (),
        interleaved: (),
    });
}
