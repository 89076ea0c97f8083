//! The tiles in which a block is updated.

use core::ops::Range;

use crate::nn::kernel::WIDTH;
use crate::nn::network::PANEL;

/// Most columns of a tile: a multiple of the width of every register tile.
pub(super) const COLUMNS: usize = 48;

/// Vectors of [`WIDTH`] floats in a row of a tile.
pub(super) const VECTORS: usize = COLUMNS / WIDTH;

/// Up to [`PANEL`] rows of a block, within one panel, and up to [`COLUMNS`] of their columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tile {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

/// The tiles of a block of `rows` by `columns`, panel by panel.
pub(super) fn tiles(rows: usize, columns: usize) -> impl Iterator<Item = Tile> {
    (0..rows).step_by(PANEL).flat_map(move |row| {
        (0..columns).step_by(COLUMNS).map(move |column| Tile {
            rows: row..rows.min(row + PANEL),
            columns: column..columns.min(column + COLUMNS),
        })
    })
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::collections::HashSet;

    #[test]
    fn tiles_cover_every_parameter_once() {
        for (rows, columns) in [(1, 1), (1, 128), (16, 48), (33, 100), (100, 16)] {
            let mut covered = HashSet::new();
            for Tile { rows, columns } in tiles(rows, columns) {
                let all = rows.flat_map(|row| columns.clone().map(move |column| (row, column)));
                all.for_each(|position| assert!(covered.insert(position), "{position:?} twice"));
            }
            assert_eq!(covered.len(), rows * columns);
        }
    }
}
