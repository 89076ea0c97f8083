//! A block of [tiles](super::tiles) by multiply-adds, for processors without AMX.

use super::cache_line::WIDTH;
use super::lanes::Lanes;
use super::tile_block::{Block, TILE};

/// Computes `block`, `R` rows and `G` groups of columns at a time.
///
/// # Safety
/// All operands are whole tiles in memory.
#[inline(always)]
pub(super) unsafe fn multiply<L: Lanes, const R: usize, const G: usize>(block: &Block) {
    let mut group = 0;
    while group + G <= block.groups {
        // SAFETY: the caller's promise; these groups are in the block.
        unsafe { all_rows::<L, R, G>(block, group) };
        group += G;
    }
    while group < block.groups {
        // SAFETY: the caller's promise; this group is in the block.
        unsafe { all_rows::<L, R, 1>(block, group) };
        group += 1;
    }
}

/// # Safety
/// That of [`multiply`], and `G` groups from `group` on are in the block.
#[inline(always)]
unsafe fn all_rows<L: Lanes, const R: usize, const G: usize>(block: &Block, group: usize) {
    let mut row = 0;
    while row + R <= block.rows {
        // SAFETY: the caller's promise; these rows are in the block.
        unsafe { sums::<L, R, G>(block, row, group) };
        row += R;
    }
    while row < block.rows {
        // SAFETY: the caller's promise; this row is in the block.
        unsafe { sums::<L, 1, G>(block, row, group) };
        row += 1;
    }
}

/// Computes the sums of `R` rows and `G` groups.
///
/// # Safety
/// That of [`multiply`], and these rows and groups are in the block.
#[inline(always)]
unsafe fn sums<L: Lanes, const R: usize, const G: usize>(block: &Block, row: usize, group: usize) {
    let &Block { steps, a, b, start, c, .. } = block;
    // SAFETY: the caller's promise.
    let load = |from: *const f32| unsafe { L::load(&*from.cast::<[f32; WIDTH]>()) };
    let mut sums = [[L::splat(0.0); G]; R];
    for (r, sums) in sums.iter_mut().enumerate() {
        for (g, sum) in sums.iter_mut().enumerate() {
            *sum = load(start.0.wrapping_add((row + r) * start.1 + (group + g) * WIDTH));
        }
    }
    for step in 0..steps {
        let mut chains = [[[L::splat(0.0); 2]; G]; R];
        for pair in 0..TILE {
            let mut b_halves = [[L::splat(0.0); 2]; G];
            for (g, halves) in b_halves.iter_mut().enumerate() {
                *halves = load(b.data.wrapping_add((step * TILE + pair) * b.stride + (group + g) * b.next)).halves();
            }
            for (r, chains) in chains.iter_mut().enumerate() {
                let at = a.data.wrapping_add(step * a.next + (row + r) * a.stride + pair);
                // SAFETY: the caller's promise.
                let [first, second] = L::splat(unsafe { *at }).halves();
                for ([of_first, of_second], [b_first, b_second]) in chains.iter_mut().zip(b_halves) {
                    *of_first = of_first.add_product(first, b_first);
                    *of_second = of_second.add_product(second, b_second);
                }
            }
        }
        for (sums, chains) in sums.iter_mut().zip(chains) {
            for (sum, [of_first, of_second]) in sums.iter_mut().zip(chains) {
                *sum = *sum + (of_first + of_second);
            }
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        for (g, sum) in sums.into_iter().enumerate() {
            let to = c.0.wrapping_add((row + r) * c.1 + (group + g) * WIDTH);
            // SAFETY: the caller's promise.
            sum.store(unsafe { &mut *to.cast::<[f32; WIDTH]>() });
        }
    }
}
