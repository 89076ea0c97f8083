//! Metrics of the classes of a set of pictures: the distribution of the digits, and the inception score.

use serde::Serialize;

/// The distribution of the digits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ClassDistribution {
    /// The share of each digit or class.
    pub(crate) shares: Vec<f64>,
    /// The digit with the smallest share.
    pub(crate) rarest: usize,
    pub(crate) rarest_share: f64,
    /// Kullback-Leibler divergence from the uniform distribution, in nats: 0 to ln(10) for digits.
    pub(crate) divergence: f64,
}

impl ClassDistribution {
    /// Of pictures, of which there is at least one, of `number` classes.
    pub(super) fn of(classes: impl ExactSizeIterator<Item = usize>, number: usize) -> Self {
        let (count, mut counts) = (classes.len() as f64, vec![0_u32; number]);
        classes.for_each(|class| counts[class] += 1);
        let shares: Vec<f64> = counts.into_iter().map(|of_digit| f64::from(of_digit) / count).collect();
        let rarest = (1..number).fold(0, |rarest, digit| if shares[digit] < shares[rarest] { digit } else { rarest });
        let uniform = vec![1.0 / number as f64; number];
        let (rarest_share, divergence) = (shares[rarest], divergence(&shares, &uniform));
        Self { shares, rarest, rarest_share, divergence }
    }
}

/// `exp(E KL(p(y|x) ‖ p(y)))`, 1 to the number of classes: the inception score (Salimans et al. 2016, "Improved Techniques for Training GANs")
/// with this project's classifier in place of the Inception network.
///
/// `probabilities` are `[pictures][classes]`, of at least one picture.
pub(super) fn inception_score(probabilities: &[f32], classes: usize) -> f64 {
    let count = probabilities.len() / classes;
    let rows = || probabilities.chunks_exact(classes).map(|row| row.iter().copied().map(f64::from).collect::<Vec<_>>());
    let mut mean = vec![0.0; classes];
    for row in rows() {
        mean.iter_mut().zip(row).for_each(|(mean, p)| *mean += p / count as f64);
    }
    (rows().map(|row| divergence(&row, &mean)).sum::<f64>() / count as f64).exp()
}

/// Kullback-Leibler divergence, `Σ p ln(p / q)`.
fn divergence(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).filter(|&(&p, _)| p > 0.0).map(|(p, q)| p * (p / q).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: usize = 10;

    fn one_hot(class: usize) -> [f32; CLASSES] {
        std::array::from_fn(|i| if i == class { 1.0 } else { 0.0 })
    }

    #[test]
    fn the_rarest_digit_and_the_divergence_from_uniform_are_found() {
        let even = ClassDistribution::of((0..500).map(|i| i % 10), CLASSES);
        assert!((even.rarest_share - 0.1).abs() < 1e-12 && even.divergence.abs() < 1e-12);
        let uneven = ClassDistribution::of([0, 1, 1, 2, 3, 4, 5, 6, 8, 9].into_iter(), CLASSES);
        assert_eq!((uneven.rarest, uneven.rarest_share), (7, 0.0));
        assert!((uneven.divergence - 0.2 * 2.0_f64.ln()).abs() < 1e-12);
        let one = ClassDistribution::of([4; 9].into_iter(), CLASSES);
        assert!((one.divergence - 10.0_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn the_score_is_ten_for_certain_uniform_classes_and_one_for_uncertain_or_constant_ones() {
        let even: Vec<f32> = (0..10).flat_map(one_hot).collect();
        assert!((inception_score(&even, CLASSES) - 10.0).abs() < 1e-9);
        assert!((inception_score(&[0.1; 30], CLASSES) - 1.0).abs() < 1e-6);
        assert!((inception_score(&[one_hot(3); 5].concat(), CLASSES) - 1.0).abs() < 1e-9);
        let two: Vec<f32> = [one_hot(1), one_hot(7)].concat();
        assert!((inception_score(&two, CLASSES) - 2.0).abs() < 1e-9);
    }
}
