//! The Fréchet distance between two sets of features, each taken for a normal distribution: with the Inception network's
//! features it is known as FID (Heusel et al. 2017); here they are those of this project's classifier.

use nalgebra::{DMatrix, DVector};

/// Mean and covariance of a set of points.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

/// Points that are worked on at a time, so that no second copy of all of them is needed in f64.
const SOME: usize = 1024;

/// `[count][width]` points as matrices of a point a column (nalgebra's are column-major), some at a time.
fn some_points(points: &[f32], width: usize) -> impl Iterator<Item = DMatrix<f64>> {
    points
        .chunks(SOME * width)
        .map(move |some| DMatrix::from_iterator(width, some.len() / width, some.iter().copied().map(f64::from)))
}

impl Moments {
    /// Of `points`, `[count][width]`.
    pub(super) fn of(points: &[f32], width: usize) -> Self {
        let count = points.len() / width;
        let mean = some_points(points, width).map(|some| some.column_sum()).sum::<DVector<f64>>() / count as f64;
        let mut covariance = DMatrix::zeros(width, width);
        for mut some in some_points(points, width) {
            some.column_iter_mut().for_each(|mut point| point -= &mean);
            covariance += &some * some.transpose();
        }
        covariance /= (count.max(2) - 1) as f64;
        Self { mean, covariance }
    }

    /// `|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½)`
    pub(super) fn frechet_distance(&self, other: &Self) -> f64 {
        // (C1 C2)^½ has the trace of (C1^½ C2 C1^½)^½, and what is inside there is symmetric.
        let root = square_root(&self.covariance);
        let inner = symmetric(&root * &other.covariance * &root);
        let trace_of_root: f64 = inner.symmetric_eigenvalues().iter().map(|x| x.max(0.0).sqrt()).sum();
        let apart = (&self.mean - &other.mean).norm_squared();
        // Rounding can take what should be 0 below it.
        (apart + self.covariance.trace() + other.covariance.trace() - 2.0 * trace_of_root).max(0.0)
    }
}

/// The symmetric square root of a covariance.
fn square_root(covariance: &DMatrix<f64>) -> DMatrix<f64> {
    let eigen = covariance.clone().symmetric_eigen();
    let roots = eigen.eigenvalues.map(|x| x.max(0.0).sqrt());
    &eigen.eigenvectors * DMatrix::from_diagonal(&roots) * eigen.eigenvectors.transpose()
}

/// What rounding left of a matrix's symmetry, made whole.
fn symmetric(matrix: DMatrix<f64>) -> DMatrix<f64> {
    let transposed = matrix.transpose();
    (matrix + transposed) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::eval::distance::tests::noise;

    fn normal(mean: [f64; 2], covariance: [f64; 4]) -> Moments {
        Moments { mean: DVector::from_row_slice(&mean), covariance: DMatrix::from_row_slice(2, 2, &covariance) }
    }

    #[test]
    fn moments_are_those_of_the_points() {
        let moments = Moments::of(&[1.0, 2.0, 3.0, 2.0, 5.0, 8.0], 2);
        assert_eq!(moments.mean.as_slice(), [3.0, 4.0]);
        assert_eq!(moments.covariance.as_slice(), [4.0, 6.0, 6.0, 12.0]);
    }

    #[test]
    fn many_points_have_the_moments_of_plain_loops() {
        let points = noise(SOME + 77, 5);
        let moments = Moments::of(&points, 128);
        let count = points.len() / 128;
        let column = |j: usize| points.iter().skip(j).step_by(128).map(|&x| f64::from(x));
        let mean = |j: usize| column(j).sum::<f64>() / count as f64;
        for (i, j) in [(0, 0), (5, 99), (127, 126)] {
            let products = column(i).zip(column(j)).map(|(x, y)| (x - mean(i)) * (y - mean(j)));
            let expected = products.sum::<f64>() / (count - 1) as f64;
            assert!((moments.covariance[(i, j)] - expected).abs() < 1e-12, "{i}, {j}");
        }
        assert!((moments.mean[99] - mean(99)).abs() < 1e-12);
    }

    #[test]
    fn equal_sets_are_at_zero() {
        let moments = Moments::of(&noise(300, 1), 128);
        assert!(moments.frechet_distance(&moments).abs() < 1e-9);
        // Fewer points than dimensions: the covariance is singular.
        let few = Moments::of(&noise(20, 1), 128);
        assert!(few.frechet_distance(&few).abs() < 1e-6);
    }

    #[test]
    fn without_correlation_each_dimension_adds_its_own_distance() {
        let (a, b) = (normal([1.0, -1.0], [4.0, 0.0, 0.0, 9.0]), normal([3.0, -1.0], [1.0, 0.0, 0.0, 25.0]));
        let expected = 4.0 + (2.0_f64 - 1.0).powi(2) + (3.0_f64 - 5.0).powi(2);
        assert!((a.frechet_distance(&b) - expected).abs() < 1e-12);
    }

    #[test]
    fn with_correlation_it_is_the_closed_form_of_two_dimensions_and_symmetric() {
        let (c1, c2) = ([2.0, 0.6, 0.6, 1.0], [1.5, -0.7, -0.7, 3.0]);
        let (a, b) = (normal([0.0; 2], c1), normal([0.0; 2], c2));
        // The trace of a 2x2 matrix's root is sqrt(tr + 2 sqrt(det)).
        let trace = c1[0] * c2[0] + c1[1] * c2[2] + c1[2] * c2[1] + c1[3] * c2[3];
        let determinant = (c1[0] * c1[3] - c1[1] * c1[2]) * (c2[0] * c2[3] - c2[1] * c2[2]);
        let expected = c1[0] + c1[3] + c2[0] + c2[3] - 2.0 * (trace + 2.0 * determinant.sqrt()).sqrt();
        assert!((a.frechet_distance(&b) - expected).abs() < 1e-12);
        assert!((b.frechet_distance(&a) - expected).abs() < 1e-12);
    }
}
