//! Matrix products: `C[rows][columns] = start + A[rows][depth] · B[depth][columns]`.
//!
//! A and B are made of [`Element`]s: of floats, or of pairs of numbers in bfloat16 that follow each other in the depth. Then
//! `depth` and all strides count pairs.
//!
//! The forward pass (`X W`), the input gradient (`dY Wᵀ`) and the weight gradient (`Xᵀ dY`) are this one product with
//! different strides.

use super::cache_line::WIDTH;
use super::element::Element;

/// The left operand, `A[rows][depth]`.
#[derive(Clone, Copy)]
pub enum Left<'a, E = f32> {
    /// Row-major: element (row, depth) is `data[row * stride + depth]`.
    Rows {
        /// The elements.
        data: &'a [E],
        /// Distance between rows.
        stride: usize,
    },
    /// Column-major: element (row, depth) is `data[depth * stride + row]`.
    Columns {
        /// The elements.
        data: &'a [E],
        /// Distance between columns.
        stride: usize,
    },
}

impl<'a, E> Left<'a, E> {
    pub(super) fn data(&self) -> &'a [E] {
        let (Self::Rows { data, .. } | Self::Columns { data, .. }) = *self;
        data
    }

    /// The matrix without its first `row` rows.
    #[inline(always)]
    pub fn from_row(self, row: usize) -> Self {
        match self {
            Self::Rows { data, stride } => Self::Rows { data: &data[row * stride..], stride },
            Self::Columns { data, stride } => Self::Columns { data: &data[row..], stride },
        }
    }

    /// Distances between rows and between columns.
    #[inline(always)]
    pub(super) fn strides(&self) -> (usize, usize) {
        match *self {
            Self::Rows { stride, .. } => (stride, 1),
            Self::Columns { stride, .. } => (1, stride),
        }
    }
}

/// The right operand, `B[depth][columns]`: element (depth, column) is
/// `data[depth * depth_stride + column / 16 * group_stride + column % 16]`.
#[derive(Clone, Copy)]
pub struct Right<'a, E = f32> {
    /// The elements.
    pub data: &'a [E],
    /// Distance between rows.
    pub depth_stride: usize,
    /// Distance between groups of sixteen columns: 16 in a row-major matrix.
    pub group_stride: usize,
}

/// The initial value of each sum.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// Zero.
    Zero,
    /// One value per column.
    Bias(&'a [f32]),
}

/// A matrix product, with the work `W` that is [interleaved](super::Interleave) with it.
pub struct Product<'a, W = (), E: Element = f32> {
    /// Rows of A and C.
    pub rows: usize,
    /// Columns of A, rows of B.
    pub depth: usize,
    /// Columns of B and C.
    pub columns: usize,
    /// A
    pub left: Left<'a, E>,
    /// B
    pub right: Right<'a, E>,
    /// The initial value of C.
    pub start: Start<'a>,
    /// C, row-major.
    pub out: &'a mut [f32],
    /// Distance between rows of C.
    pub out_stride: usize,
    /// The order of summation: that of the instruction set which computes the product.
    pub order: E::Order,
    /// Interleaved work: only for a column-major A and whole groups of columns, which most weight gradients have.
    pub interleaved: W,
}

impl<W, E: Element> Product<'_, W, E> {
    /// Checks that every element that the tiles access is inside its slice.
    ///
    /// # Panics
    /// If one is not.
    pub(super) fn check(&self) {
        let &Self { rows, depth, columns, left, right, .. } = self;
        let last_row = |stride: usize| (rows - 1) * stride;
        let (row_stride, depth_stride) = left.strides();
        assert!(last_row(row_stride) + (depth - 1) * depth_stride < left.data().len(), "A is too short");
        let (group, column) = ((columns - 1) / WIDTH, (columns - 1) % WIDTH);
        let last = (depth - 1) * right.depth_stride + group * right.group_stride;
        assert!(last + column < right.data.len(), "B is too short");
        assert!(group == 0 || right.group_stride >= WIDTH, "groups of B overlap");
        assert!(last_row(self.out_stride) + columns <= self.out.len(), "C is too short");
        if let Start::Bias(bias) = self.start {
            assert!(columns <= bias.len(), "the bias is too short");
        }
    }
}
