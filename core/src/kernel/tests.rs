//! Every instruction set against the naive triple loop, over sizes that do not divide.

use super::*;
use crate::random::{Purpose, Stream};

const SPACE: usize = 70 * 70;

struct Operands {
    a: [f32; SPACE],
    b: [f32; SPACE],
    bias: [f32; 70],
}

fn operands(seed: u64) -> Operands {
    let mut stream = Stream::at(seed, Purpose::Weights, 0);
    let mut next = || stream.symmetric();
    Operands {
        a: core::array::from_fn(|_| next()),
        b: core::array::from_fn(|_| next()),
        bias: core::array::from_fn(|_| next()),
    }
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    rows: usize,
    depth: usize,
    columns: usize,
    /// Whether A is read down its columns, as for a weight gradient.
    a_transposed: bool,
    /// Whether B is in panels of sixteen columns, as the transposed kernels are.
    b_in_panels: bool,
    biased: bool,
}

fn left(shape: Shape, data: &[f32]) -> Left<'_> {
    if shape.a_transposed {
        Left { data, row_stride: 1, depth_stride: shape.rows }
    } else {
        Left { data, row_stride: shape.depth, depth_stride: 1 }
    }
}

fn right(shape: Shape, data: &[f32]) -> Right<'_> {
    if shape.b_in_panels {
        Right { data, depth_stride: WIDTH, group_stride: shape.depth * WIDTH }
    } else {
        Right { data, depth_stride: shape.columns, group_stride: WIDTH }
    }
}

struct Multiply<'a>(Product<'a>);

impl Operation for Multiply<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes>(self) {
        L::multiply(self.0);
    }
}

/// C by the tile of `isa`, with a margin around every row that must stay as it was.
fn by_tile(isa: Isa, shape: Shape, operands: &Operands, out: &mut [f32; SPACE]) {
    let Shape { rows, depth, columns, biased, .. } = shape;
    isa.run(Multiply(Product {
        rows,
        depth,
        columns,
        left: left(shape, &operands.a),
        right: right(shape, &operands.b),
        start: if biased { Start::Bias(&operands.bias[..columns]) } else { Start::Zero },
        out,
        out_stride: columns + 1,
    }));
}

fn naive(shape: Shape, operands: &Operands, row: usize, column: usize) -> f64 {
    let (a, b) = (left(shape, &operands.a), right(shape, &operands.b));
    let mut sum = if shape.biased { f64::from(operands.bias[column]) } else { 0.0 };
    for k in 0..shape.depth {
        let a = a.data[row * a.row_stride + k * a.depth_stride];
        let b = b.data[k * b.depth_stride + column / WIDTH * b.group_stride + column % WIDTH];
        sum += f64::from(a) * f64::from(b);
    }
    sum
}

fn shapes() -> impl Iterator<Item = Shape> {
    let sizes = [(1, 1, 1), (2, 3, 5), (7, 16, 16), (8, 5, 48), (13, 31, 17), (16, 40, 63), (21, 9, 67), (30, 64, 50)];
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
    const UNTOUCHED: f32 = 12345.0;
    let operands = operands(1);
    for isa in Isa::available() {
        for shape in shapes() {
            let mut out = [UNTOUCHED; SPACE];
            by_tile(isa, shape, &operands, &mut out);
            for row in 0..shape.rows {
                let out = &out[row * (shape.columns + 1)..][..shape.columns + 1];
                for (column, &value) in out[..shape.columns].iter().enumerate() {
                    let expected = naive(shape, &operands, row, column);
                    assert!((f64::from(value) - expected).abs() < 1e-5, "{isa:?} {shape:?} at {row}, {column}");
                }
                assert_eq!(out[shape.columns], UNTOUCHED, "{isa:?} {shape:?} wrote past row {row}");
            }
            assert!(out[shape.rows * (shape.columns + 1)..].iter().all(|&x| x == UNTOUCHED), "{isa:?} {shape:?}");
        }
    }
}

#[test]
fn fused_tiles_of_any_width_give_the_same_bits() {
    let operands = operands(2);
    for shape in shapes() {
        let mut fused = Isa::available().filter(|&isa| isa != Isa::PORTABLE).map(|isa| {
            let mut out = [0.0; SPACE];
            by_tile(isa, shape, &operands, &mut out);
            out.map(f32::to_bits)
        });
        let Some(first) = fused.next() else { return };
        assert!(fused.all(|other| other == first), "{shape:?}");
    }
}

#[test]
#[should_panic(expected = "B is too short")]
fn a_slice_that_is_too_short_is_refused() {
    let shape = Shape { rows: 2, depth: 3, columns: 17, a_transposed: false, b_in_panels: false, biased: false };
    let mut out = [0.0; 36];
    Isa::best().run(Multiply(Product {
        rows: 2,
        depth: 3,
        columns: 17,
        left: left(shape, &[0.0; 6]),
        right: right(shape, &[0.0; 50]),
        start: Start::Zero,
        out: &mut out,
        out_stride: 18,
    }));
}
