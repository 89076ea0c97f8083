//! The register tile: `C[rows][columns] = start + A[rows][depth] · B[depth][columns]`.
//!
//! Forward (`X W`), input gradient (`dY Wᵀ`) and weight gradient (`Xᵀ dY`) are this one product with other strides:
//! single numbers of A are broadcast, sixteen columns of B are streamed at a time, and each element of C is summed in
//! a register over the depth, in order.

use core::ops::Range;

use super::{Lanes, Operation, WIDTH};

/// The left side.
#[derive(Clone, Copy)]
pub enum Left<'a> {
    /// Read along the rows of `data`: element (row, depth) is `data[row * stride + depth]`.
    Rows {
        /// Its numbers.
        data: &'a [f32],
        /// From a row to the next.
        stride: usize,
    },
    /// Read down the columns of `data`: element (row, depth) is `data[depth * stride + row]`.
    Columns {
        /// Its numbers.
        data: &'a [f32],
        /// From a step of the depth to the next.
        stride: usize,
    },
}

impl<'a> Left<'a> {
    pub(super) fn data(&self) -> &'a [f32] {
        let (Self::Rows { data, .. } | Self::Columns { data, .. }) = *self;
        data
    }

    /// The same matrix without its first rows.
    #[inline(always)]
    pub fn from_row(self, row: usize) -> Self {
        match self {
            Self::Rows { data, stride } => Self::Rows { data: &data[row * stride..], stride },
            Self::Columns { data, stride } => Self::Columns { data: &data[row..], stride },
        }
    }

    /// From a row to the next, and from a step of the depth to the next.
    #[inline(always)]
    pub(super) fn strides(&self) -> (usize, usize) {
        match *self {
            Self::Rows { stride, .. } => (stride, 1),
            Self::Columns { stride, .. } => (1, stride),
        }
    }
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

/// Work that is done while a product is summed: the units of a processor that multiply and add are kept busy by the
/// sums while others divide, take roots or wait for memory.
pub trait Beside {
    /// Whether there is anything to do.
    const BUSY: bool;

    /// The piece of the work that belongs to sixteen columns from `column` on of each of `rows` of the product. Every
    /// sixteen columns of every row (or what is left of them) are named once, spread evenly over the product's time.
    fn step<L: Lanes>(&mut self, rows: Range<usize>, column: usize);
}

/// Nothing is done beside a product.
impl Beside for () {
    const BUSY: bool = false;

    #[inline(always)]
    fn step<L: Lanes>(&mut self, _rows: Range<usize>, _column: usize) {}
}

/// A matrix product to be done.
pub struct Product<'a, W = ()> {
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
    /// What is done meanwhile.
    pub beside: W,
}

impl<W: Beside> Operation for Product<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        L::multiply(self);
    }
}

impl<W> Product<'_, W> {
    /// That every element that the tiles touch is inside its slice.
    ///
    /// # Panics
    /// If one is not.
    fn check(&self) {
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

/// Does `p` in tiles of `R` rows and `G` groups of sixteen columns; what does not divide is done in smaller ones.
///
/// # Panics
/// If a slice is shorter than its sizes and strides say.
#[inline(always)]
pub(super) fn multiply<L: Lanes, W: Beside, const R: usize, const G: usize>(mut p: Product<'_, W>) {
    if p.rows == 0 || p.columns == 0 {
        return;
    }
    assert!(p.depth > 0, "a product needs a depth");
    p.check();
    match p.left {
        Left::Rows { .. } => across::<L, W, R, G, false>(&mut p),
        Left::Columns { .. } => across::<L, W, R, G, true>(&mut p),
    }
}

/// All columns: `G` groups, then two, then one group, then what is left at a time. `DOWN` says whether A is read down its columns.
#[inline(always)]
fn across<L: Lanes, W: Beside, const R: usize, const G: usize, const DOWN: bool>(p: &mut Product<'_, W>) {
    let mut column = 0;
    while column + G * WIDTH <= p.columns {
        down::<L, W, R, G, DOWN, true>(p, column);
        column += G * WIDTH;
    }
    if G > 2 && column + 2 * WIDTH <= p.columns {
        down::<L, W, R, 2, DOWN, true>(p, column);
        column += 2 * WIDTH;
    }
    while column + WIDTH <= p.columns {
        down::<L, W, R, 1, DOWN, true>(p, column);
        column += WIDTH;
    }
    if column < p.columns {
        down::<L, W, R, 1, DOWN, false>(p, column);
    }
}

/// All rows of `G` groups of columns from `column` on. Unless they are `FULL`, they end with the product's columns.
#[inline(always)]
fn down<L: Lanes, W: Beside, const R: usize, const G: usize, const DOWN: bool, const FULL: bool>(
    p: &mut Product<'_, W>,
    column: usize,
) {
    let mut row = 0;
    while row + R <= p.rows {
        tile::<L, W, R, G, DOWN, FULL>(p, row, column);
        row += R;
    }
    if R > 4 && row + 4 <= p.rows {
        tile::<L, W, 4, G, DOWN, FULL>(p, row, column);
        row += 4;
    }
    while row < p.rows {
        tile::<L, W, 1, G, DOWN, FULL>(p, row, column);
        row += 1;
    }
}

/// Steps of the depth by which B is asked for ahead of its use: about the latency of memory.
const AHEAD: usize = 24;

/// The same where A is read down its columns, and is asked for too: its lines share few places in the first-level cache,
/// and from further ahead they push each other out before they are used.
const AHEAD_DOWN: usize = 16;

/// `R` rows of `G` groups of columns.
#[inline(always)]
fn tile<L: Lanes, W: Beside, const R: usize, const G: usize, const DOWN: bool, const FULL: bool>(
    p: &mut Product<'_, W>,
    row: usize,
    column: usize,
) {
    let width = if FULL { WIDTH } else { p.columns - column };
    let mut sums = [first_sums::<L, G>(p.start, column, width); R];
    if !W::BUSY {
        add_products::<L, W, R, G, DOWN, FULL>(p, &mut sums, 0..p.depth, row, column);
    } else {
        // The depth is cut into parts, one for each step beside.
        let part = p.depth.div_ceil(R.div_ceil(L::BESIDE) * G);
        let mut from = 0;
        for first in (0..R).step_by(L::BESIDE) {
            for group in 0..G {
                p.beside.step::<L>(row + first..row + R.min(first + L::BESIDE), column + group * WIDTH);
                let to = p.depth.min(from + part);
                add_products::<L, W, R, G, DOWN, FULL>(p, &mut sums, from..to, row, column);
                from = to;
            }
        }
    }
    store::<L, W, R, G>(p, sums, row, column, width);
}

/// Adds the products at `depth` to the sums of a tile.
#[inline(always)]
fn add_products<L: Lanes, W, const R: usize, const G: usize, const DOWN: bool, const FULL: bool>(
    p: &Product<'_, W>,
    sums: &mut [[L; G]; R],
    depth: Range<usize>,
    row: usize,
    column: usize,
) {
    let stride = match p.left {
        Left::Rows { stride, .. } | Left::Columns { stride, .. } => stride,
    };
    // With one of the two known when this is compiled, what is left fits in registers.
    let (a_row, a_depth, ahead) = if DOWN { (1, stride, AHEAD_DOWN) } else { (stride, 1, AHEAD) };
    let mut a = p.left.data()[row * a_row..].as_ptr().wrapping_add(depth.start * a_depth);
    let b = p.right.data[column / WIDTH * p.right.group_stride..].as_ptr();
    let mut b = b.wrapping_add(depth.start * p.right.depth_stride);
    for _ in depth {
        // Down its columns A is met a cache line at a time, each far from the last, which hardware does not foresee.
        if DOWN {
            L::prefetch(a.wrapping_add(ahead * a_depth));
        }
        let mut b_lanes = [L::splat(0.0); G];
        for (g, lanes) in b_lanes.iter_mut().enumerate() {
            let at = b.wrapping_add(g * p.right.group_stride);
            L::prefetch(at.wrapping_add(ahead * p.right.depth_stride));
            // SAFETY: `Product::check` held the last element of each row of B against its slice.
            *lanes = unsafe { if FULL { L::load(&*at.cast()) } else { L::load_first(at, p.columns - column) } };
        }
        for (r, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `Product::check` held A's last element against its slice; `row + r` is one of its rows.
            let a = L::splat(unsafe { *a.wrapping_add(r * a_row) });
            for (sum, &b) in sums.iter_mut().zip(&b_lanes) {
                *sum = sum.add_product(a, b);
            }
        }
        a = a.wrapping_add(a_depth);
        b = b.wrapping_add(p.right.depth_stride);
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
fn store<L: Lanes, W, const R: usize, const G: usize>(
    p: &mut Product<'_, W>,
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
