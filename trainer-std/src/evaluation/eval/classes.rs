//! What the classifier's answers tell of a set of pictures: how sure and how varied they are, and which digits are rare.

use pocketgan_core::train::classifier::CLASSES;
use serde::Serialize;

/// How often each digit is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Histogram {
    /// The share of each digit.
    pub(crate) shares: [f64; CLASSES],
    /// The digit with the smallest share.
    pub(crate) rarest: usize,
    pub(crate) rarest_share: f64,
    /// Kullback-Leibler divergence of the shares from equal ones, in nats: 0 to ln(10).
    pub(crate) divergence: f64,
}

impl Histogram {
    /// Of pictures of these classes, at least one.
    pub(super) fn of(classes: impl ExactSizeIterator<Item = usize>) -> Self {
        let (count, mut counts) = (classes.len() as f64, [0_u32; CLASSES]);
        classes.for_each(|class| counts[class] += 1);
        let shares = counts.map(|of_digit| f64::from(of_digit) / count);
        let rarest = (1..CLASSES).fold(0, |rarest, digit| if shares[digit] < shares[rarest] { digit } else { rarest });
        let uniform = [1.0 / CLASSES as f64; CLASSES];
        Self { shares, rarest, rarest_share: shares[rarest], divergence: divergence(&shares, &uniform) }
    }
}

/// `exp(E KL(p(y|x) ‖ p(y)))`, 1 to 10: the inception score (Salimans et al. 2016) with this project's classifier.
///
/// `probabilities` are `[pictures][CLASSES]`, of at least one picture.
pub(super) fn score(probabilities: &[f32]) -> f64 {
    let pictures = probabilities.as_chunks::<CLASSES>().0;
    let rows = || pictures.iter().map(|row| row.map(f64::from));
    let mut mean = [0.0; CLASSES];
    for row in rows() {
        mean.iter_mut().zip(row).for_each(|(mean, p)| *mean += p / pictures.len() as f64);
    }
    (rows().map(|row| divergence(&row, &mean)).sum::<f64>() / pictures.len() as f64).exp()
}

/// `Σ p ln(p / q)`
fn divergence(p: &[f64; CLASSES], q: &[f64; CLASSES]) -> f64 {
    p.iter().zip(q).filter(|&(&p, _)| p > 0.0).map(|(p, q)| p * (p / q).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sure_of(class: usize) -> [f32; CLASSES] {
        std::array::from_fn(|i| if i == class { 1.0 } else { 0.0 })
    }

    #[test]
    fn a_histogram_names_the_rarest_digit_and_how_uneven_it_is() {
        let even = Histogram::of((0..500).map(|i| i % 10));
        assert!((even.rarest_share - 0.1).abs() < 1e-12 && even.divergence.abs() < 1e-12);
        let uneven = Histogram::of([0, 1, 1, 2, 3, 4, 5, 6, 8, 9].into_iter());
        assert_eq!((uneven.rarest, uneven.rarest_share), (7, 0.0));
        assert!((uneven.divergence - 0.2 * 2.0_f64.ln()).abs() < 1e-12);
        let one = Histogram::of([4; 9].into_iter());
        assert!((one.divergence - 10.0_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn the_score_is_ten_for_sure_and_even_and_one_for_unsure_or_always_the_same() {
        let even: Vec<f32> = (0..10).flat_map(sure_of).collect();
        assert!((score(&even) - 10.0).abs() < 1e-9);
        assert!((score(&[0.1; 30]) - 1.0).abs() < 1e-6);
        assert!((score(&[sure_of(3); 5].concat()) - 1.0).abs() < 1e-9);
        let two: Vec<f32> = [sure_of(1), sure_of(7)].concat();
        assert!((score(&two) - 2.0).abs() < 1e-9);
    }
}
