//! Of many timings, the ones that say something.

/// The middle of `values`; of an even number, the mean of the two in the middle.
///
/// # Panics
/// If there are none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) { (values[middle - 1] + values[middle]) / 2.0 } else { values[middle] }
}

/// The smallest of `values`.
pub(super) fn minimum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Work done in some time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Timed {
    pub(super) flops: u64,
    pub(super) seconds: f64,
}

impl Timed {
    /// Operations a second.
    pub(super) fn rate(&self) -> f64 {
        self.flops as f64 / self.seconds
    }
}

impl std::iter::Sum for Timed {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self { flops: a.flops + b.flops, seconds: a.seconds + b.seconds })
    }
}

/// Of all `length` consecutive elements of `steps`, those with the highest rate; all of them if there are fewer.
pub(super) fn best_window(steps: &[Timed], length: usize) -> Timed {
    let windows = steps.windows(length.clamp(1, steps.len())).map(|window| window.iter().copied().sum());
    windows.max_by(|a: &Timed, b: &Timed| a.rate().total_cmp(&b.rate())).expect("a training has steps")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_one_or_between_two() {
        assert_eq!(median(vec![5.0, 1.0, 3.0]), 3.0);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(minimum(&[5.0, 1.0, 3.0]), 1.0);
    }

    #[test]
    fn the_best_window_has_the_highest_rate_not_the_shortest_time() {
        let step = |flops, seconds| Timed { flops, seconds };
        // The last step is short because it does little.
        let steps = [step(10, 2.0), step(10, 1.0), step(10, 1.0), step(10, 3.0), step(1, 0.5)];
        assert_eq!(best_window(&steps, 2), step(20, 2.0));
        assert_eq!(best_window(&steps, 1), step(10, 1.0));
        assert_eq!(best_window(&steps, 30), step(41, 7.5));
    }
}
