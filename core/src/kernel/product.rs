//! The register tile: `C[rows][columns] = start + A[rows][depth] · B[depth][columns]`.
//!
//! Forward (`X W`), input gradient (`dY Wᵀ`) and weight gradient (`Xᵀ dY`) are this one product with other strides:
//! single numbers of A are broadcast, sixteen columns of B are streamed at a time, and each element of C is summed in
//! a register over the depth, in order.

use super::{Lanes, Operation, WIDTH};

/// The left side: element (row, depth) is `data[row * row_stride + depth * depth_stride]`.
#[derive(Clone, Copy)]
pub struct Left<'a> {
    /// Its numbers.
    pub data: &'a [f32],
    /// From a row to the next.
    pub row_stride: usize,
    /// From a step of the depth to the next.
    pub depth_stride: usize,
}

/// The right side: element (depth, column) is
/// `data[depth * depth_stride + column / 16 * group_stride + column % 16]`.
#[derive(Clone, Copy)]
pub struct Right<'a> {
    /// Its numbers.
    pub data: &'a [f32],
    /// From a step of the depth to the next.
    pub depth_stride: usize,
    /// From sixteen columns to the next sixteen: 16 in a row-major matrix.
    pub group_stride: usize,
}

/// What the sums start from.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// From zero.
    Zero,
    /// From one number per column.
    Bias(&'a [f32]),
}

/// A matrix that is needed together with C when the product is done, and is asked for while C is summed: sixteen floats
/// of it for each sixteen columns of a row of C, at `data[row * row_stride + column / 16 * group_stride]`.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// Its numbers.
    pub data: &'a [f32],
    /// From a row of C to the next.
    pub row_stride: usize,
    /// From sixteen columns of C to the next sixteen.
    pub group_stride: usize,
}

/// A matrix product to be done.
pub struct Product<'a> {
    /// Rows of A and C.
    pub rows: usize,
    /// Columns of A, rows of B.
    pub depth: usize,
    /// Columns of B and C.
    pub columns: usize,
    /// A
    pub left: Left<'a>,
    /// B
    pub right: Right<'a>,
    /// What is added.
    pub start: Start<'a>,
    /// C; row r begins at `r * out_stride`.
    pub out: &'a mut [f32],
    /// From a row of C to the next.
    pub out_stride: usize,
    /// What is needed next.
    pub beside: &'a [Beside<'a>],
}

impl Operation for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        L::multiply(self);
    }
}

impl Product<'_> {
    /// That every element that the tiles touch is inside its slice.
    ///
    /// # Panics
    /// If one is not.
    fn check(&self) {
        let Self { rows, depth, columns, left, right, .. } = *self;
        let last_row = |stride: usize| (rows - 1) * stride;
        assert!(last_row(left.row_stride) + (depth - 1) * left.depth_stride < left.data.len(), "A is too short");
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

/// Does `p` in tiles of `R` rows and `G` groups of sixteen columns; what does not divide is done in smaller ones.
///
/// # Panics
/// If a slice is shorter than its sizes and strides say.
#[inline(always)]
pub(super) fn multiply<L: Lanes, const R: usize, const G: usize>(mut p: Product<'_>) {
    if p.rows == 0 || p.columns == 0 {
        return;
    }
    assert!(p.depth > 0, "a product needs a depth");
    p.check();
    let mut column = 0;
    while column + G * WIDTH <= p.columns {
        down::<L, R, G>(&mut p, column, WIDTH);
        column += G * WIDTH;
    }
    while column < p.columns {
        let width = WIDTH.min(p.columns - column);
        down::<L, R, 1>(&mut p, column, width);
        column += width;
    }
}

/// All rows of `G` groups of columns from `column` on; of the last group `width` columns exist.
#[inline(always)]
fn down<L: Lanes, const R: usize, const G: usize>(p: &mut Product<'_>, column: usize, width: usize) {
    let mut row = 0;
    while row + R <= p.rows {
        tile::<L, R, G>(p, row, column, width);
        row += R;
    }
    if R > 4 && row + 4 <= p.rows {
        tile::<L, 4, G>(p, row, column, width);
        row += 4;
    }
    while row < p.rows {
        tile::<L, 1, G>(p, row, column, width);
        row += 1;
    }
}

/// Steps of the depth by which B is asked for ahead of its use: about the latency of memory.
const AHEAD: usize = 24;

/// `R` rows of `G` groups of columns.
#[inline(always)]
fn tile<L: Lanes, const R: usize, const G: usize>(p: &mut Product<'_>, row: usize, column: usize, width: usize) {
    let mut sums = [first_sums::<L, G>(p.start, column, width); R];
    // The depth is cut in as many parts as the tile has rows. A part begins with asking for a row of what is needed next:
    // asked for all at once, it would wait in a queue and the sums with it.
    let parts = if p.beside.is_empty() { 1 } else { R };
    for part in 0..parts {
        ask_for::<L, G>(p.beside, row + part, column);
        let depth = part * p.depth / parts..(part + 1) * p.depth / parts;
        add_products::<L, R, G>(p, &mut sums, depth, row, column, width);
    }
    store::<L, R, G>(p, sums, row, column, width);
}

/// Asks for what is needed together with `G` groups of columns of a row of C.
#[inline(always)]
fn ask_for<L: Lanes, const G: usize>(beside: &[Beside<'_>], row: usize, column: usize) {
    for matrix in beside {
        let groups = matrix.data.as_ptr().wrapping_add(row * matrix.row_stride + column / WIDTH * matrix.group_stride);
        for g in 0..G {
            L::prefetch(groups.wrapping_add(g * matrix.group_stride));
        }
    }
}

/// Adds the products at `depth` to the sums of a tile.
#[inline(always)]
fn add_products<L: Lanes, const R: usize, const G: usize>(
    p: &Product<'_>,
    sums: &mut [[L; G]; R],
    depth: core::ops::Range<usize>,
    row: usize,
    column: usize,
    width: usize,
) {
    let full = width == WIDTH;
    let a = p.left.data[row * p.left.row_stride..].as_ptr();
    let b = p.right.data[column / WIDTH * p.right.group_stride..].as_ptr();
    // Down its columns A is met a cache line at a time, each far from the last, which hardware does not foresee.
    let a_is_scattered = p.left.depth_stride >= WIDTH;
    for k in depth {
        if a_is_scattered {
            L::prefetch(a.wrapping_add((k + AHEAD) * p.left.depth_stride));
        }
        let at = b.wrapping_add(k * p.right.depth_stride);
        let mut b_lanes = [L::splat(0.0); G];
        for (g, lanes) in b_lanes.iter_mut().enumerate() {
            let at = at.wrapping_add(g * p.right.group_stride);
            L::prefetch(at.wrapping_add(AHEAD * p.right.depth_stride));
            // SAFETY: `Product::check` held the last element of each row of B against its slice.
            *lanes = unsafe { if full { L::load(&*at.cast()) } else { L::load_first(at, width) } };
        }
        for (r, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `Product::check` held A's last element against its slice; `row + r` is one of its rows.
            let a = unsafe { *a.add(r * p.left.row_stride + k * p.left.depth_stride) };
            let a = L::splat(a);
            for (sum, &b) in sums.iter_mut().zip(&b_lanes) {
                *sum = sum.add_product(a, b);
            }
        }
    }
}

/// What the sums of `G` groups of columns start from.
#[inline(always)]
fn first_sums<L: Lanes, const G: usize>(start: Start<'_>, column: usize, width: usize) -> [L; G] {
    let mut sums = [L::splat(0.0); G];
    if let Start::Bias(bias) = start {
        for (g, sum) in sums.iter_mut().enumerate() {
            let from = &bias[column + g * WIDTH..][..width];
            // SAFETY: `from` has `width` floats, and that is at most `WIDTH`.
            *sum = unsafe { L::load_first(from.as_ptr(), width) };
        }
    }
    sums
}

/// Writes the finished sums to C.
#[inline(always)]
fn store<L: Lanes, const R: usize, const G: usize>(
    p: &mut Product<'_>,
    sums: [[L; G]; R],
    row: usize,
    column: usize,
    width: usize,
) {
    for (r, sums) in sums.into_iter().enumerate() {
        for (g, sum) in sums.into_iter().enumerate() {
            let at = (row + r) * p.out_stride + column + g * WIDTH;
            let to = p.out[at..at + width].as_mut_ptr();
            // SAFETY: `to` has `width` floats, and that is at most `WIDTH`.
            unsafe { sum.store_first(to, width) };
        }
    }
}
