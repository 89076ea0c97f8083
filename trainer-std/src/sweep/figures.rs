//! What a finished run measured: the figures of a row of the table.

use crate::output::summary::history::History;

/// A figure: its heading, its column in `metrics.csv`, its unit there, and its decimals in the table.
pub(super) struct Column {
    pub(super) heading: &'static str,
    metric: &'static str,
    scale: f64,
    pub(super) decimals: usize,
}

const fn column(heading: &'static str, metric: &'static str, scale: f64, decimals: usize) -> Column {
    Column { heading, metric, scale, decimals }
}

/// Figures of an evaluation.
pub(super) const QUALITY: [Column; 4] = [
    column("Fréchet distance", "frechet_distance", 1.0, 2),
    column("precision", "precision", 1.0, 3),
    column("recall", "recall", 1.0, 3),
    column("rarest digit, %", "rarest_share", 100.0, 1),
];
/// Figures of the last epoch.
pub(super) const LOSSES: [Column; 2] = [column("D loss", "d_loss", 1.0, 3), column("G loss", "g_loss", 1.0, 3)];
/// The mean over the epochs, without evaluations.
pub(super) const SECONDS: Column = column("s/epoch", "seconds", 1.0, 2);

/// The figures of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figures {
    /// The epoch of the evaluation; none if there was no evaluation.
    pub(super) evaluated: Option<u32>,
    pub(super) quality: [Option<f64>; QUALITY.len()],
    pub(super) losses: [Option<f64>; LOSSES.len()],
    pub(super) seconds: Option<f64>,
}

impl Figures {
    /// The figures in a table of metrics, those of quality from the evaluation with the smallest distance if `best`,
    /// otherwise from the last.
    pub(super) fn of(history: &History, best: bool) -> Self {
        let distances = history.series(QUALITY[0].metric);
        let evaluated = match best {
            true => distances.iter().min_by(|(_, a), (_, b)| a.total_cmp(b)),
            false => distances.last(),
        };
        let evaluated = evaluated.map(|&(epoch, _)| epoch);
        let last = history.series(LOSSES[0].metric).last().map(|&(epoch, _)| epoch);
        let at = |epoch: Option<u32>, column: &Column| Some(column.scale * history.after(epoch?, column.metric)?);
        Self {
            evaluated,
            quality: QUALITY.each_ref().map(|column| at(evaluated, column)),
            losses: LOSSES.each_ref().map(|column| at(last, column)),
            seconds: mean(history.series(SECONDS.metric).into_iter().map(|(_, seconds)| seconds).collect()),
        }
    }
}

/// None of no values.
pub(super) fn mean(values: Vec<f64>) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::metrics::HEADER;

    fn figures(table: &str, best: bool) -> Figures {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        std::fs::write(&path, table).unwrap();
        Figures::of(&History::read(&path).unwrap(), best)
    }

    #[test]
    fn every_figure_has_a_column_in_the_metrics() {
        let columns: Vec<&str> = HEADER.split(',').collect();
        for column in QUALITY.iter().chain(&LOSSES).chain([&SECONDS]) {
            assert!(columns.contains(&column.metric), "{}", column.metric);
        }
    }

    #[test]
    fn quality_is_that_of_the_last_evaluation_or_of_the_best() {
        let table = "epoch,d_loss,g_loss,seconds,frechet_distance,precision,recall,rarest_share\n\
            1,1.5,2.5,2,8.0,0.5,0.25,0.0625\n2,1.25,2.25,4,4.0,0.75,0.5,0.125\n3,1,2,6,5.0,1,1,0.25\n4,0.5,1.75,8,,,,\n";
        let last = figures(table, false);
        assert_eq!((last.evaluated, last.quality), (Some(3), [Some(5.0), Some(1.0), Some(1.0), Some(25.0)]));
        let best = figures(table, true);
        assert_eq!((best.evaluated, best.quality), (Some(2), [Some(4.0), Some(0.75), Some(0.5), Some(12.5)]));
        assert_eq!((best.losses, best.seconds), ([Some(0.5), Some(1.75)], Some(5.0)));
    }

    #[test]
    fn a_run_without_evaluations_has_losses_only() {
        let found = figures("epoch,d_loss,g_loss,seconds,frechet_distance\n1,1.5,2.5,2,\n", true);
        assert_eq!((found.evaluated, found.quality), (None, [None; 4]));
        assert_eq!((found.losses, found.seconds), ([Some(1.5), Some(2.5)], Some(2.0)));
    }
}
