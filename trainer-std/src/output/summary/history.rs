//! What a run measured, read back from its table: the file that is right after every interruption.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// A table of numbers with named columns. A cell that is empty, missing or no finite number holds nothing.
pub(crate) struct History {
    columns: Vec<String>,
    rows: Vec<Vec<Option<f64>>>,
}

impl History {
    /// The table in the file at `path`: a line of names, and below it lines of numbers with commas between them.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(Self::parse(&String::from_utf8_lossy(&bytes)))
    }

    fn parse(text: &str) -> Self {
        let mut lines = text.lines().map(|line| line.split(','));
        let columns = lines.next().into_iter().flatten().map(str::to_owned).collect();
        let number = |cell: &str| cell.parse().ok().filter(|number: &f64| number.is_finite());
        Self { columns, rows: lines.map(|line| line.map(number).collect()).collect() }
    }

    /// Epochs, and what the column `name` holds after them.
    pub(crate) fn series(&self, name: &str) -> Vec<(u32, f64)> {
        let (Some(epoch), Some(column)) = (self.column("epoch"), self.column(name)) else { return Vec::new() };
        let cell = |row: &[Option<f64>], column: usize| row.get(column).copied().flatten();
        let point = |row: &Vec<Option<f64>>| Some((cell(row, epoch)? as u32, cell(row, column)?));
        self.rows.iter().filter_map(point).collect()
    }

    /// What the column `name` holds in the last line.
    pub(super) fn last(&self, name: &str) -> Option<f64> {
        let column = self.column(name)?;
        self.rows.last()?.get(column).copied().flatten()
    }

    /// What the column `name` holds after `epoch`.
    pub(crate) fn after(&self, epoch: u32, name: &str) -> Option<f64> {
        self.series(name).into_iter().find(|&(of, _)| of == epoch).map(|(_, value)| value)
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A run of two epochs of which the second was evaluated.
    const TABLE: &str = "epoch,d_loss,g_loss,real_accuracy,fake_accuracy,seconds,\
        frechet_distance,precision,recall,rarest_share\n\
        1,1.25,0.75,0.5,0.25,1.000,,,,\n\
        2,1.5,0.5,0.75,0.5,2.000,16.25,0.75,0.5,0.0625\n";

    pub(in super::super) fn example() -> History {
        history(TABLE)
    }

    pub(in super::super) fn history(table: &str) -> History {
        History::parse(table)
    }

    #[test]
    fn a_column_is_read_with_its_epochs_and_without_empty_cells() {
        let history = example();
        assert_eq!(history.series("d_loss"), [(1, 1.25), (2, 1.5)]);
        assert_eq!(history.series("frechet_distance"), [(2, 16.25)]);
        assert_eq!((history.last("recall"), history.after(1, "g_loss")), (Some(0.5), Some(0.75)));
        assert!(history.series("colour").is_empty() && history.last("colour").is_none());
    }

    #[test]
    fn what_is_no_number_is_left_out_and_the_rest_is_kept() {
        let history = History::parse("epoch,d_loss\n1,inf\n2,NaN\n3\nfour,1.0\n,5.0\n6,0.5");
        assert_eq!(history.series("d_loss"), [(6, 0.5)]);
        for nothing in ["", "\n", "epoch,d_loss\n", "1,2,3\n"] {
            assert!(History::parse(nothing).series("d_loss").is_empty());
        }
    }
}
