//! Mean and covariance of a layer's inputs over the calibration pictures.

use nalgebra::{DMatrix, DVector};
use pocketgan_core::nn::kernel::{Isa, Left, Product, Right, Start, WIDTH};

/// Damping as in GPTQ: this share of the mean variance is added to each variance, because the calibration pictures do not
/// show every variation of the inputs.
const DAMPING: f64 = 0.001;
/// Smallest variance added, so that the covariance of inputs that never vary can be inverted too.
const MIN_DAMPING: f64 = 1e-9;

/// First and second moments of a layer's inputs.
pub(super) struct Moments {
    /// `[inputs]`
    pub(super) means: DVector<f64>,
    /// `[inputs][inputs]`, damped. Column i belongs to input i.
    pub(super) covariance: DMatrix<f64>,
}

impl Moments {
    /// Moments with damping added to `covariance`.
    pub(super) fn damped(means: DVector<f64>, mut covariance: DMatrix<f64>) -> Self {
        let mean_variance = covariance.trace() / means.len() as f64;
        let damping = (DAMPING * mean_variance).max(MIN_DAMPING);
        (0..means.len()).for_each(|i| covariance[(i, i)] += damping);
        Self { means, covariance }
    }

    /// Moments of `x`, `[rows][inputs]`.
    #[cfg(test)]
    pub(super) fn of(x: &[f32], inputs: usize) -> Self {
        let means = means(x, inputs);
        let covariance = covariance((x, &means), (x, &means));
        Self::damped(means, covariance)
    }

    /// Moments of `x`, `[rows][inputs]`, with a weight for each row. Rows of weight 0 cost no time.
    pub(super) fn weighted(x: &[f32], weights: &[f32], inputs: usize) -> Self {
        let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
        let rows = || x.chunks_exact(inputs).zip(weights).filter(|&(_, &weight)| weight > 0.0);
        let mut means = DVector::zeros(inputs);
        for (row, &weight) in rows() {
            means.iter_mut().zip(row).for_each(|(mean, &x)| *mean += f64::from(weight) * f64::from(x) / total);
        }
        let (mut centred, mut scaled) = (Vec::new(), Vec::new());
        for (row, &weight) in rows() {
            let from_mean = row.iter().zip(&means).map(|(&x, mean)| (f64::from(x) - mean) as f32);
            centred.extend(from_mean.clone());
            scaled.extend(from_mean.map(|x| weight * x));
        }
        let sums = products(&scaled, &centred, inputs).into_iter().map(|sum| f64::from(sum) / total);
        Self::damped(means, DMatrix::from_iterator(inputs, inputs, sums))
    }

    /// `covariance · x`
    pub(super) fn times_covariance(&self, x: &DVector<f64>) -> DVector<f64> {
        self.covariance.tr_mul(x)
    }
}

/// The mean of each column of `x`, `[rows][columns]`.
pub(super) fn means(x: &[f32], columns: usize) -> DVector<f64> {
    let mut sums = DVector::zeros(columns);
    for row in x.chunks_exact(columns) {
        sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    sums / (x.len() / columns) as f64
}

/// The mean of `x`.
pub(super) fn mean(x: &[f32]) -> f64 {
    x.iter().map(|&x| f64::from(x)).sum::<f64>() / x.len() as f64
}

/// The covariances of the columns of `a` with those of `b`, both `[rows][columns]` and with their means:
/// `[columns][columns]`.
pub(super) fn covariance((a, a_means): (&[f32], &DVector<f64>), (b, b_means): (&[f32], &DVector<f64>)) -> DMatrix<f64> {
    let columns = a_means.len();
    let centred = |row: &[f32], means: &DVector<f64>| {
        DVector::from_iterator(columns, row.iter().zip(means).map(|(&x, mean)| f64::from(x) - mean))
    };
    // One rank-1 update per row: unlike a matrix product, the same bits on every machine.
    let mut sums = DMatrix::zeros(columns, columns);
    for (a, b) in a.chunks_exact(columns).zip(b.chunks_exact(columns)) {
        sums.ger(1.0, &centred(a, a_means), &centred(b, b_means), 1.0);
    }
    sums / (a.len() / columns) as f64
}

/// `aᵀ b` of two `[rows][columns]`, by core's fastest kernel; those with a fused multiply-add give the same bits.
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
            order: (),
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

    fn agree(a: &Moments, b: &Moments) -> bool {
        (&a.means - &b.means).amax() < 1e-5 && (&a.covariance - &b.covariance).amax() < 1e-5
    }

    #[test]
    fn equal_weights_give_the_unweighted_moments() {
        let x = inputs(100);
        assert!(agree(&Moments::weighted(&x, &[0.25; 100], INPUTS), &Moments::of(&x, INPUTS)));
    }

    #[test]
    fn a_row_of_weight_two_counts_as_two_rows_and_one_of_weight_zero_as_none() {
        let x = inputs(100);
        let mut weights = [1.0; 100];
        (weights[0], weights[99]) = (2.0, 0.0);
        let repeated = [&x[..INPUTS], &x[..99 * INPUTS]].concat();
        assert!(agree(&Moments::weighted(&x, &weights, INPUTS), &Moments::of(&repeated, INPUTS)));
    }
}
