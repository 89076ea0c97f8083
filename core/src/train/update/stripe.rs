//! The pieces in which a block is updated.

use core::ops::Range;

use crate::nn::network::PANEL;

/// Columns of a stripe: a multiple of every tile's width.
pub(super) const COLUMNS: usize = 48;

/// Up to sixteen rows of a block, which share a panel, and up to [`COLUMNS`] of their columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stripe {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

/// The stripes that cover a block of `rows` rows, panel by panel.
pub(super) fn stripes(rows: usize, columns: usize) -> impl Iterator<Item = Stripe> {
    (0..rows).step_by(PANEL).flat_map(move |row| {
        (0..columns).step_by(COLUMNS).map(move |column| Stripe {
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
    fn stripes_cover_every_parameter_once() {
        for (rows, columns) in [(1, 1), (1, 128), (16, 48), (33, 100), (100, 16)] {
            let mut met = HashSet::new();
            for Stripe { rows, columns } in stripes(rows, columns) {
                let all = rows.flat_map(|row| columns.clone().map(move |column| (row, column)));
                all.for_each(|place| assert!(met.insert(place), "{place:?} twice"));
            }
            assert_eq!(met.len(), rows * columns);
        }
    }
}
