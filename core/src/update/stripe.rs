//! The pieces in which a block is updated.

use core::ops::Range;

use crate::kernel::WIDTH;
use crate::network::PANEL;

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

/// The (row, first column) of every sixteen parameters of a stripe, row by row; a row may end with fewer.
#[derive(Debug, Default)]
pub(super) struct Vectors {
    stripe: Stripe,
    row: usize,
    column: usize,
}

impl Vectors {
    pub(super) fn of(stripe: Stripe) -> Self {
        Self { row: stripe.rows.start, column: stripe.columns.start, stripe }
    }

    pub(super) fn stripe(&self) -> &Stripe {
        &self.stripe
    }

    /// Whether every row is whole vectors.
    #[inline(always)]
    pub(super) fn are_whole(&self) -> bool {
        self.stripe.columns.len().is_multiple_of(WIDTH)
    }
}

impl Iterator for Vectors {
    type Item = (usize, usize);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, usize)> {
        if self.row >= self.stripe.rows.end {
            return None;
        }
        let at = (self.row, self.column);
        self.column += WIDTH;
        if self.column >= self.stripe.columns.end {
            self.row += 1;
            self.column = self.stripe.columns.start;
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::collections::HashSet;

    #[test]
    fn stripes_and_their_vectors_cover_every_parameter_once() {
        for (rows, columns) in [(1, 1), (1, 128), (16, 48), (33, 100), (100, 16)] {
            let mut met = HashSet::new();
            for stripe in stripes(rows, columns) {
                let vectors = Vectors::of(stripe.clone());
                assert_eq!(vectors.are_whole(), stripe.columns.len() % 16 == 0);
                for (row, column) in vectors {
                    let end = stripe.columns.end.min(column + WIDTH);
                    (column..end).for_each(|column| assert!(met.insert((row, column)), "{row} {column} twice"));
                }
            }
            assert_eq!(met.len(), rows * columns);
        }
    }
}
