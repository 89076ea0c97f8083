//! The Fréchet distance between normal distributions fitted to two sets of features. With features of the Inception
//! network it is known as FID (Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
//! Equilibrium"); here the features are those of this project's classifier.

use nalgebra::{DMatrix, DVector};

use super::features::Features;

/// Mean and covariance of a set of feature vectors.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

/// Vectors converted at a time, so that there is no second copy of all of them in f64.
const CHUNK: usize = 1024;

/// `vectors`, `[count][width]`, in chunks of up to [`CHUNK`]: matrices `[width][count]`.
fn chunks(vectors: &[f32], width: usize) -> impl Iterator<Item = DMatrix<f64>> {
    vectors
        .chunks(CHUNK * width)
        .map(move |chunk| DMatrix::from_iterator(width, chunk.len() / width, chunk.iter().copied().map(f64::from)))
}

impl Moments {
    pub(super) fn of(features: &Features) -> Self {
        Self::of_vectors(features.as_flat(), Features::WIDTH)
    }

    /// Of `vectors`, `[count][width]`.
    fn of_vectors(vectors: &[f32], width: usize) -> Self {
        let count = vectors.len() / width;
        let mean = chunks(vectors, width).map(|chunk| chunk.column_sum()).sum::<DVector<f64>>() / count as f64;
        let mut covariance = DMatrix::zeros(width, width);
        for mut chunk in chunks(vectors, width) {
            chunk.column_iter_mut().for_each(|mut vector| vector -= &mean);
            covariance += &chunk * chunk.transpose();
        }
        covariance /= (count.max(2) - 1) as f64;
        Self { mean, covariance }
    }

    /// `|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½)`
    pub(super) fn frechet_distance(&self, other: &Self) -> f64 {
        // (C1 C2)^½ has the same trace as (C1^½ C2 C1^½)^½, whose argument is symmetric.
        let root = square_root(&self.covariance);
        let inner = symmetric(&root * &other.covariance * &root);
        let trace_of_root: f64 = inner.symmetric_eigenvalues().iter().map(|x| x.max(0.0).sqrt()).sum();
        let apart = (&self.mean - &other.mean).norm_squared();
        // Rounding errors can make this slightly negative.
        (apart + self.covariance.trace() + other.covariance.trace() - 2.0 * trace_of_root).max(0.0)
    }
}

/// The symmetric square root of a covariance matrix.
fn square_root(covariance: &DMatrix<f64>) -> DMatrix<f64> {
    let eigen = covariance.clone().symmetric_eigen();
    let roots = eigen.eigenvalues.map(|x| x.max(0.0).sqrt());
    &eigen.eigenvectors * DMatrix::from_diagonal(&roots) * eigen.eigenvectors.transpose()
}

/// The symmetric part: rounding errors made `matrix` slightly asymmetric.
fn symmetric(matrix: DMatrix<f64>) -> DMatrix<f64> {
    let transposed = matrix.transpose();
    (matrix + transposed) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::distance::tests::noise;

    fn normal(mean: [f64; 2], covariance: [f64; 4]) -> Moments {
        Moments { mean: DVector::from_row_slice(&mean), covariance: DMatrix::from_row_slice(2, 2, &covariance) }
    }

    #[test]
    fn moments_are_mean_and_unbiased_covariance() {
        let moments = Moments::of_vectors(&[1.0, 2.0, 3.0, 2.0, 5.0, 8.0], 2);
        assert_eq!(moments.mean.as_slice(), [3.0, 4.0]);
        assert_eq!(moments.covariance.as_slice(), [4.0, 6.0, 6.0, 12.0]);
    }

    #[test]
    fn moments_of_several_chunks_are_those_of_plain_loops() {
        let features = noise(CHUNK + 77, 5);
        let moments = Moments::of(&features);
        let count = features.count();
        let column = |j: usize| (0..count).map(|i| f64::from(features.vector(i)[j])).collect::<Vec<f64>>();
        let mean = |j: usize| column(j).iter().sum::<f64>() / count as f64;
        for (i, j) in [(0, 0), (5, 99), (Features::WIDTH - 1, Features::WIDTH - 2)] {
            let products = column(i).into_iter().zip(column(j)).map(|(x, y)| (x - mean(i)) * (y - mean(j)));
            let expected = products.sum::<f64>() / (count - 1) as f64;
            assert!((moments.covariance[(i, j)] - expected).abs() < 1e-12, "{i}, {j}");
        }
        assert!((moments.mean[99] - mean(99)).abs() < 1e-12);
    }

    #[test]
    fn equal_sets_are_at_zero() {
        let moments = Moments::of(&noise(300, 1));
        assert!(moments.frechet_distance(&moments).abs() < 1e-9);
        // Fewer points than dimensions: the covariance is singular.
        let few = Moments::of(&noise(20, 1));
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
