//! Products of pairs in the order of AMX's tiles: [`PairOrder::Tiles`](super::PairOrder::Tiles).
//!
//! C is computed in blocks of one or two tiles of sixteen rows, and up to three or two groups of sixteen columns. A and B
//! are read in place where that can be done, and packed otherwise: a column-major A, and what the edges of the operands
//! cut off, which is padded with zeros. So the kernels of a block (`amx.rs`, and `tile_sums.rs` for
//! multiply-adds) know whole tiles only. A block that the edges of C cut off is computed beside it and copied.

use core::mem::MaybeUninit;
use core::ops::Range;

#[cfg(target_arch = "x86_64")]
use super::amx;
use super::cache_line::{CacheLine, WIDTH};
use super::element::Bf16Pair;
use super::lanes::{Lanes, load_block};
use super::product::{Left, Product, Right, Start};
use super::tile_block::{Block, GROUPS, Initial, Operand, Sums, TILE};
use super::tile_sums;

/// Most rows of a block.
const ROWS: usize = 2 * TILE;

/// Most pairs of the depth of which A is packed at once.
const PACKED: usize = 256;

/// Memory for tiles of an operand that are packed, each sixteen lines.
type Packed<const TILES: usize> = [[MaybeUninit<CacheLine>; TILE]; TILES];

/// Computes `p`, which is checked. If it is by multiply-adds, `R` rows and `G` groups of columns at a time.
#[inline(always)]
pub(super) fn multiply<L: Lanes, const R: usize, const G: usize>(p: Product<'_, (), Bf16Pair>) {
    let (all_rows, depth, b_in_place) = (p.rows, p.depth, depth_in_place(&p));
    let mut tiles = Tiles { p, b_in_place, packed: [[MaybeUninit::uninit(); TILE]; _] };
    for first in (0..all_rows).step_by(ROWS) {
        let rows = first..all_rows.min(first + ROWS);
        let most = if tiles.has_in_place(&rows) { depth } else { PACKED };
        let mut first = 0;
        while first < depth {
            let end = if first < b_in_place { b_in_place.min(first + most) } else { depth.min(first + TILE) };
            tiles.part::<L, R, G>(&rows, &(first..end));
            first = end;
        }
    }
}

/// Pairs of the depth, in whole steps, of which B can be read in place: for all sixteen columns of its last group.
fn depth_in_place(p: &Product<'_, (), Bf16Pair>) -> usize {
    let Right { data, depth_stride, group_stride } = p.right;
    let last_group = (p.columns - 1) / WIDTH * group_stride;
    let is_readable = |depth: &usize| (depth - 1) * depth_stride + last_group + WIDTH <= data.len();
    let whole = p.depth / TILE * TILE;
    [whole, whole.saturating_sub(TILE)].into_iter().filter(|&depth| depth > 0).find(is_readable).unwrap_or(0)
}

/// A product that is computed in tiles.
struct Tiles<'a> {
    p: Product<'a, (), Bf16Pair>,
    /// Pairs of the depth of which B is read in place.
    b_in_place: usize,
    /// A's tiles of a part of the depth: those of the first step first.
    packed: Packed<{ ROWS / TILE * PACKED / TILE }>,
}

impl Tiles<'_> {
    /// Whether these rows of A can be read in place, as far as the depth is whole steps.
    fn has_in_place(&self, rows: &Range<usize>) -> bool {
        matches!(self.p.left, Left::Rows { .. }) && rows.len().is_multiple_of(TILE)
    }

    /// Adds the products of a part of the depth to `rows` of C. Where B is not in place, the part is one step.
    #[inline(always)]
    fn part<L: Lanes, const R: usize, const G: usize>(&mut self, rows: &Range<usize>, depth: &Range<usize>) {
        let a = self.a::<L>(rows, depth);
        let most = if rows.len() > TILE { GROUPS - 1 } else { GROUPS };
        let mut column = 0;
        while column < self.p.columns {
            let rest = self.p.columns - column;
            let width = if rest < WIDTH { rest } else { (rest / WIDTH).min(most) * WIDTH };
            self.block::<L, R, G>(a, rows, depth, &(column..column + width));
            column += width;
        }
    }

    /// Adds the products of a part of the depth to a block of C: whole groups of columns, or a part of one.
    #[inline(always)]
    fn block<L: Lanes, const R: usize, const G: usize>(
        &mut self,
        a: Operand,
        rows: &Range<usize>,
        depth: &Range<usize>,
        columns: &Range<usize>,
    ) {
        let mut packed = [[MaybeUninit::uninit(); TILE]; _];
        let b = self.b::<L>(depth, columns, &mut packed);
        let mut beside = None;
        let (start, c) = if rows.len().is_multiple_of(TILE) && columns.len().is_multiple_of(WIDTH) {
            self.sums_in_place(rows, depth, columns)
        } else {
            let sums = beside.insert(self.padded_sums(rows, depth, columns)).as_mut_ptr().cast::<f32>();
            ((sums.cast_const(), GROUPS * WIDTH), (sums, GROUPS * WIDTH))
        };
        let (groups, steps) = (columns.len().div_ceil(WIDTH), depth.len().div_ceil(TILE));
        // SAFETY: the operands are whole tiles, and so are the sums: those in place, which are checked, or padded ones.
        unsafe { run::<L, R, G>(self.p.order.uses_amx(), &Block { rows: rows.len(), groups, steps, a, b, start, c }) };
        for (row, sums) in rows.clone().zip(beside.iter().flatten()) {
            let to = &mut self.p.out[row * self.p.out_stride..][columns.clone()];
            to.copy_from_slice(&bytemuck::cast_slice::<_, f32>(sums)[..to.len()]);
        }
    }

    /// A's operand of a block, in place or packed.
    #[inline(always)]
    fn a<L: Lanes>(&mut self, rows: &Range<usize>, depth: &Range<usize>) -> Operand {
        let (bits, (row_stride, depth_stride)) = (bytemuck::cast_slice(self.p.left.data()), self.p.left.strides());
        if self.has_in_place(rows) && depth.len().is_multiple_of(TILE) {
            let data = bits[rows.start * row_stride + depth.start..].as_ptr();
            return Operand { data, stride: row_stride, next: TILE };
        }
        let mut tiles = self.packed.iter_mut();
        for k in depth.clone().step_by(TILE) {
            for (row, to) in rows.clone().step_by(TILE).zip(&mut tiles) {
                let (count, pairs) = (TILE.min(rows.end - row), TILE.min(depth.end - k));
                let from = &bits[row * row_stride + k * depth_stride..];
                let tile = match self.p.left {
                    Left::Rows { stride, .. } => load_block::<L>(from, stride, count, pairs),
                    Left::Columns { stride, .. } => L::transposed(load_block::<L>(from, stride, pairs, count)),
                };
                store(tile, to);
            }
        }
        Operand { data: self.packed.as_ptr().cast(), stride: TILE, next: rows.len().next_multiple_of(TILE) * TILE }
    }

    /// B's operand of a block, in place or packed.
    #[inline(always)]
    fn b<L: Lanes>(&self, depth: &Range<usize>, columns: &Range<usize>, packed: &mut Packed<GROUPS>) -> Operand {
        let Right { data, depth_stride: stride, group_stride: next } = self.p.right;
        let bits: &[f32] = bytemuck::cast_slice(data);
        let bits = &bits[depth.start * stride + columns.start / WIDTH * next..];
        if depth.end <= self.b_in_place {
            return Operand { data: bits.as_ptr(), stride, next };
        }
        for (group, to) in packed.iter_mut().enumerate().take(columns.len().div_ceil(WIDTH)) {
            let width = WIDTH.min(columns.len() - group * WIDTH);
            store(load_block::<L>(&bits[group * next..], stride, depth.len(), width), to);
        }
        Operand { data: packed.as_ptr().cast(), stride: WIDTH, next: TILE * WIDTH }
    }

    /// Where the sums of a block begin and end.
    #[inline(always)]
    fn sums_in_place(&mut self, rows: &Range<usize>, depth: &Range<usize>, columns: &Range<usize>) -> (Initial, Sums) {
        let stride = self.p.out_stride;
        let c = self.p.out[rows.start * stride + columns.start..].as_mut_ptr();
        let start = match self.p.start {
            _ if depth.start > 0 => (c.cast_const(), stride),
            Start::Zero => (ZEROS.as_ptr(), 0),
            Start::Bias(bias) => (bias[columns.clone()].as_ptr(), 0),
        };
        (start, (c, stride))
    }

    /// The initial sums of a block, padded with zeros.
    #[inline(always)]
    fn padded_sums(
        &self,
        rows: &Range<usize>,
        depth: &Range<usize>,
        columns: &Range<usize>,
    ) -> [[CacheLine; GROUPS]; ROWS] {
        let mut sums = [[CacheLine([0.0; WIDTH]); GROUPS]; ROWS];
        for (row, sums) in rows.clone().zip(&mut sums) {
            let from = match self.p.start {
                _ if depth.start > 0 => &self.p.out[row * self.p.out_stride..][columns.clone()],
                Start::Zero => &[],
                Start::Bias(bias) => &bias[columns.clone()],
            };
            bytemuck::cast_slice_mut::<_, f32>(sums)[..from.len()].copy_from_slice(from);
        }
        sums
    }
}

/// The initial sums of a product without a bias: those of a row.
static ZEROS: [f32; GROUPS * WIDTH] = [0.0; GROUPS * WIDTH];

/// Computes a block.
///
/// # Safety
/// All operands are whole tiles in memory. If it is by AMX, its tiles are configured.
#[inline(always)]
unsafe fn run<L: Lanes, const R: usize, const G: usize>(amx: bool, block: &Block) {
    #[cfg(target_arch = "x86_64")]
    if amx {
        // SAFETY: the caller's promise.
        return unsafe { amx::multiply(block) };
    }
    debug_assert!(cfg!(target_arch = "x86_64") || !amx, "no other processor has AMX");
    // SAFETY: the caller's promise.
    unsafe { tile_sums::multiply::<L, R, G>(block) }
}

/// Writes a tile.
#[inline(always)]
fn store<L: Lanes>(tile: [L; TILE], to: &mut [MaybeUninit<CacheLine>; TILE]) {
    for (lanes, to) in tile.into_iter().zip(to) {
        lanes.store(&mut to.write(CacheLine([0.0; WIDTH])).0);
    }
}
