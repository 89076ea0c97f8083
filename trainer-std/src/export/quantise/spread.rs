//! How the inputs of a layer are spread over the pictures of calibration.

use pocketgan_core::nn::kernel::{Isa, Left, Product, Right, Start, WIDTH};

/// Share of the mean variance that is added to each: what the pictures of calibration say is not all there is.
const DAMPING: f64 = 0.001;

/// Means and covariances of a layer's inputs.
pub(super) struct Spread {
    /// `[inputs]`
    pub(super) means: Vec<f64>,
    /// `[inputs][inputs]`, with a little more variance for each input, so that there is an inverse.
    pub(super) covariance: Vec<f64>,
}

impl Spread {
    /// That of inputs with these means and this covariance.
    pub(super) fn damped(means: Vec<f64>, mut covariance: Vec<f64>) -> Self {
        let n = means.len();
        let mean = (0..n).map(|i| covariance[i * n + i]).sum::<f64>() / n as f64;
        // Inputs that never change still need some.
        let more = (DAMPING * mean).max(1e-9);
        (0..n).for_each(|i| covariance[i * n + i] += more);
        Self { means, covariance }
    }

    /// That of `x`, `[rows][inputs]`.
    #[cfg(test)]
    pub(super) fn of(x: &[f32], inputs: usize) -> Self {
        let means = means(x, inputs);
        let covariance = covariance((x, &means), (x, &means));
        Self::damped(means, covariance)
    }

    /// That of `x`, `[rows][inputs]`, of which each row counts as much as `weights` say. Rows without weight take no time.
    pub(super) fn weighted(x: &[f32], weights: &[f32], inputs: usize) -> Self {
        let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
        let counted = || x.chunks_exact(inputs).zip(weights).filter(|&(_, &weight)| weight > 0.0);
        let mut means = vec![0.0; inputs];
        for (row, &weight) in counted() {
            means.iter_mut().zip(row).for_each(|(mean, &x)| *mean += f64::from(weight) * f64::from(x) / total);
        }
        let (mut centred, mut scaled) = (Vec::new(), Vec::new());
        for (row, &weight) in counted() {
            let from_mean = row.iter().zip(&means).map(|(&x, mean)| (f64::from(x) - mean) as f32);
            centred.extend(from_mean.clone());
            scaled.extend(from_mean.map(|x| weight * x));
        }
        let covariance = products(&scaled, &centred, inputs).into_iter().map(|sum| f64::from(sum) / total).collect();
        Self::damped(means, covariance)
    }

    /// `covariance · x`
    pub(super) fn times_covariance(&self, x: &[f64]) -> Vec<f64> {
        self.covariance.chunks_exact(x.len()).map(|row| dot(row, x)).collect()
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The mean of each column of `x`, `[rows][columns]`.
pub(super) fn means(x: &[f32], columns: usize) -> Vec<f64> {
    let mut sums = vec![0.0; columns];
    for row in x.chunks_exact(columns) {
        sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    let rows = (x.len() / columns) as f64;
    sums.into_iter().map(|sum| sum / rows).collect()
}

/// The covariances of the columns of `a` with those of `b`, both with their means: `[columns][columns]`.
pub(super) fn covariance((a, a_means): (&[f32], &[f64]), (b, b_means): (&[f32], &[f64])) -> Vec<f64> {
    let columns = a_means.len();
    let centred =
        |row: &[f32], means: &[f64]| row.iter().zip(means).map(|(&x, mean)| f64::from(x) - mean).collect::<Vec<f64>>();
    let mut sums = vec![0.0; columns * columns];
    for (a, b) in a.chunks_exact(columns).zip(b.chunks_exact(columns)) {
        let b = centred(b, b_means);
        for (sums, a) in sums.chunks_exact_mut(columns).zip(centred(a, a_means)) {
            sums.iter_mut().zip(&b).for_each(|(sum, b)| *sum += a * b);
        }
    }
    let rows = (a.len() / columns) as f64;
    sums.iter_mut().for_each(|sum| *sum /= rows);
    sums
}

/// `aᵀ b` of two `[rows][columns]`, by the fastest kernel; those with a fused multiply-add
/// give the same bits.
fn products(a: &[f32], b: &[f32], columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; columns * columns];
    if !a.is_empty() {
        Isa::best().run(Product {
            rows: columns,
            depth: a.len() / columns,
            columns,
            left: Left::Columns { data: a, stride: columns },
            right: Right { data: b, depth_stride: columns, group_stride: WIDTH },
            start: Start::Zero,
            out: &mut out,
            out_stride: columns,
            interleaved: (),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::random::{Purpose, Stream};

    const INPUTS: usize = 6;

    fn inputs(rows: usize) -> Vec<f32> {
        let mut stream = Stream::at(11, Purpose::Weights, 0);
        (0..rows * INPUTS).map(|i| stream.symmetric() + (i % 3) as f32 * stream.symmetric()).collect()
    }

    fn agree(a: &Spread, b: &Spread) -> bool {
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        near(&a.means, &b.means) && near(&a.covariance, &b.covariance)
    }

    #[test]
    fn rows_that_count_alike_are_spread_as_rows_that_are_not_weighed() {
        let x = inputs(100);
        assert!(agree(&Spread::weighted(&x, &[0.25; 100], INPUTS), &Spread::of(&x, INPUTS)));
    }

    #[test]
    fn a_row_that_counts_twice_is_two_rows_and_one_without_weight_is_none() {
        let x = inputs(100);
        let mut weights = [1.0; 100];
        (weights[0], weights[99]) = (2.0, 0.0);
        let twice = [&x[..INPUTS], &x[..99 * INPUTS]].concat();
        assert!(agree(&Spread::weighted(&x, &weights, INPUTS), &Spread::of(&twice, INPUTS)));
    }
}
