//! A matrix product in register tiles.
//!
//! A tile is `R` rows by `G` groups of sixteen columns of C, whose sums stay in registers: for each step of the depth,
//! `G` groups of a row of B are loaded, and `R` elements of A are broadcast and multiplied with them. Every element of C
//! is summed over the depth in order, whatever the tile.

use core::hint::black_box;
use core::ops::Range;

use super::cache_line::WIDTH;
use super::element::{Bf16Pair, Element};
use super::lanes::Lanes;
use super::pair_order::PairOrder;
use super::product::{Left, Product, Right, Start};
use super::register_tile::{Interleave, RegisterTile};

/// Computes `p` in tiles of `R` rows and `G` groups of sixteen columns, and in smaller ones at the edges.
///
/// # Panics
/// If a slice is shorter than its sizes and strides say, or if the product cannot have its interleaved work.
#[inline(always)]
pub(super) fn multiply<T: RegisterTile, W: Interleave, E: Element, const R: usize, const G: usize>(
    mut p: Product<'_, W, E>,
) {
    if p.rows == 0 || p.columns == 0 {
        return;
    }
    assert!(p.depth > 0, "a product needs a depth");
    p.check();
    if W::ENABLED {
        assert!(matches!(p.left, Left::Columns { .. }), "only a column-major A can have interleaved work");
        assert!(p.columns.is_multiple_of(WIDTH), "only whole groups of columns can have interleaved work");
    }
    if let order @ PairOrder::Tiles(_) = E::pair_order(p.order) {
        return in_tiles::<T, W, E>(p, order);
    }
    match p.left {
        // Not compiled for products that cannot have it.
        Left::Rows { .. } if !W::ENABLED => all_columns::<T, W, E, R, G, false>(&mut p),
        Left::Rows { .. } => unreachable!("interleaved work is refused above"),
        Left::Columns { .. } => all_columns::<T, W, E, R, G, true>(&mut p),
    }
}

/// Computes a product in the order of tiles, and the interleaved work after it: for a matrix unit it does not have to wait.
#[inline(always)]
fn in_tiles<T: RegisterTile, W: Interleave, E: Element>(p: Product<'_, W, E>, order: PairOrder) {
    let Product { rows, depth, columns, start, out, out_stride, mut interleaved, .. } = p;
    let left = match p.left {
        Left::Rows { data, stride } => Left::Rows { data: bytemuck::cast_slice(data), stride },
        Left::Columns { data, stride } => Left::Columns { data: bytemuck::cast_slice(data), stride },
    };
    let Right { data, depth_stride, group_stride } = p.right;
    let right = Right { data: bytemuck::cast_slice::<E, Bf16Pair>(data), depth_stride, group_stride };
    T::multiply_in_tiles(Product { rows, depth, columns, left, right, start, out, out_stride, order, interleaved: () });
    if W::ENABLED {
        for row in (0..rows).step_by(T::INTERLEAVED_ROWS) {
            for column in (0..columns).step_by(WIDTH) {
                interleaved.step::<T>(row..rows.min(row + T::INTERLEAVED_ROWS), column);
            }
        }
    }
}

/// Computes all columns: `G` groups at a time, then two, then one, then what is left. `COLUMN_MAJOR` is the order of A.
#[inline(always)]
fn all_columns<T: RegisterTile, W: Interleave, E: Element, const R: usize, const G: usize, const COLUMN_MAJOR: bool>(
    p: &mut Product<'_, W, E>,
) {
    let mut column = 0;
    while column + G * WIDTH <= p.columns {
        all_rows::<T, W, E, R, G, COLUMN_MAJOR, true>(p, column);
        column += G * WIDTH;
    }
    if G > 2 && column + 2 * WIDTH <= p.columns {
        all_rows::<T, W, E, R, 2, COLUMN_MAJOR, true>(p, column);
        column += 2 * WIDTH;
    }
    while column + WIDTH <= p.columns {
        all_rows::<T, W, E, R, 1, COLUMN_MAJOR, true>(p, column);
        column += WIDTH;
    }
    if !W::ENABLED && column < p.columns {
        all_rows::<T, W, E, R, 1, COLUMN_MAJOR, false>(p, column);
    }
}

/// Computes all rows of the `G` groups that begin at `column`. Unless the groups are `FULL`, the last one is cut off by
/// the end of the rows.
#[inline(always)]
fn all_rows<
    T: RegisterTile,
    W: Interleave,
    E: Element,
    const R: usize,
    const G: usize,
    const COLUMN_MAJOR: bool,
    const FULL: bool,
>(
    p: &mut Product<'_, W, E>,
    column: usize,
) {
    let mut row = 0;
    while row + R <= p.rows {
        tile::<T, W, E, R, G, COLUMN_MAJOR, FULL>(p, row, column);
        row += R;
    }
    if R > 4 && row + 4 <= p.rows {
        tile::<T, W, E, 4, G, COLUMN_MAJOR, FULL>(p, row, column);
        row += 4;
    }
    while row < p.rows {
        tile::<T, W, E, 1, G, COLUMN_MAJOR, FULL>(p, row, column);
        row += 1;
    }
}

/// Computes `R` rows of `G` groups.
#[inline(always)]
fn tile<
    T: RegisterTile,
    W: Interleave,
    E: Element,
    const R: usize,
    const G: usize,
    const COLUMN_MAJOR: bool,
    const FULL: bool,
>(
    p: &mut Product<'_, W, E>,
    row: usize,
    column: usize,
) {
    let width = if FULL { WIDTH } else { p.columns - column };
    let mut sums = [initial_sums::<T, G>(p.start, column, width); R];
    if !W::ENABLED {
        add_products::<T, W, E, R, G, COLUMN_MAJOR, FULL>(p, &mut sums, 0..p.depth, row, column);
    } else {
        // The compiler would write the loop out, which makes it twenty times as long.
        let steps = black_box(R.div_ceil(T::INTERLEAVED_ROWS) * G);
        // One part of the depth after each interleaved step.
        let part = p.depth.div_ceil(steps);
        for step in 0..steps {
            let (first, group) = (step / G * T::INTERLEAVED_ROWS, step % G);
            let rows = row + first..row + R.min(first + T::INTERLEAVED_ROWS);
            p.interleaved.step::<T>(rows, column + group * WIDTH);
            let depth = p.depth.min(step * part)..p.depth.min((step + 1) * part);
            add_products::<T, W, E, R, G, COLUMN_MAJOR, FULL>(p, &mut sums, depth, row, column);
        }
    }
    store::<T, W, E, R, G>(p, sums, row, column, width);
}

/// Steps of the depth by which B is prefetched: about the latency of memory.
const DISTANCE: usize = 24;

/// The same for A and B where A is column-major: its lines compete for few sets of the first-level cache, and evict each
/// other if they are requested earlier.
const DISTANCE_COLUMN_MAJOR: usize = 16;

/// Adds the products of a range of the depth to the sums of a tile.
#[inline(always)]
fn add_products<L: Lanes, W, E: Element, const R: usize, const G: usize, const COLUMN_MAJOR: bool, const FULL: bool>(
    p: &Product<'_, W, E>,
    sums: &mut [[L; G]; R],
    depth: Range<usize>,
    row: usize,
    column: usize,
) {
    let stride = match p.left {
        Left::Rows { stride, .. } | Left::Columns { stride, .. } => stride,
    };
    // One of the two strides is known at compile time, so that the rest fits in registers.
    let (a_row, a_depth, distance) =
        if COLUMN_MAJOR { (1, stride, DISTANCE_COLUMN_MAJOR) } else { (stride, 1, DISTANCE) };
    let mut a = p.left.data()[row * a_row..].as_ptr().wrapping_add(depth.start * a_depth);
    let b = p.right.data[column / WIDTH * p.right.group_stride..].as_ptr();
    let mut b = b.wrapping_add(depth.start * p.right.depth_stride);
    for _ in depth {
        // Each step reads another cache line of a column-major A, too far from the last for the hardware prefetcher.
        if COLUMN_MAJOR {
            L::prefetch(a.wrapping_add(distance * a_depth).cast());
        }
        let mut b_lanes = [L::splat(0.0); G];
        for (g, lanes) in b_lanes.iter_mut().enumerate() {
            let at = b.wrapping_add(g * p.right.group_stride);
            L::prefetch(at.wrapping_add(distance * p.right.depth_stride).cast());
            // SAFETY: `Product::check` compared the last element of each row of B with its slice.
            *lanes = unsafe { if FULL { L::load(&*at.cast()) } else { L::load_first(at.cast(), p.columns - column) } };
        }
        for (r, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `Product::check` compared A's last element with its slice; `row + r` is one of its rows.
            let a = L::splat(unsafe { *a.wrapping_add(r * a_row).cast() });
            for (sum, &b) in sums.iter_mut().zip(&b_lanes) {
                *sum = E::add_product(*sum, a, b);
            }
        }
        a = a.wrapping_add(a_depth);
        b = b.wrapping_add(p.right.depth_stride);
    }
}

/// The initial sums of `G` groups of a row.
#[inline(always)]
fn initial_sums<L: Lanes, const G: usize>(start: Start<'_>, column: usize, width: usize) -> [L; G] {
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

/// Writes the sums of a tile to C.
#[inline(always)]
fn store<L: Lanes, W, E: Element, const R: usize, const G: usize>(
    p: &mut Product<'_, W, E>,
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
