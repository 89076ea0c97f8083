//! Precision and recall of generated pictures (Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric for
//! Assessing Generative Models").
//!
//! The manifold of a set is the union of balls round its points, each reaching as far as the point's k-th nearest
//! neighbour in the set. Precision is the share of generated points in the manifold of the real ones: how many look real.
//! Recall is the share of real points in the manifold of the generated ones: how much of reality is drawn at all.

use super::distance::{Features, Points, visit};

/// Neighbours that a ball reaches to: k.
pub(super) const NEIGHBOURS: usize = 3;

/// A set of points, and how far the ball round each reaches.
pub(super) struct Manifold {
    features: Vec<f32>,
    /// Squared; infinite where the set has no more than k points.
    radii: Vec<f32>,
}

impl Manifold {
    /// Of points as wide as the classifier has features.
    pub(super) fn of(features: Vec<f32>) -> Self {
        let points = Features(&features);
        let mut nearest = vec![[f32::INFINITY; NEIGHBOURS]; points.count()];
        visit(&points, &points, &mut nearest, |own, nearest, first, distances| {
            for (other, &distance) in (first..).zip(distances) {
                if distance < nearest[NEIGHBOURS - 1] && other != own {
                    insert(nearest, distance);
                }
            }
        });
        Self { radii: nearest.iter().map(|nearest| nearest[NEIGHBOURS - 1]).collect(), features }
    }

    /// Its points.
    pub(super) fn features(&self) -> &[f32] {
        &self.features
    }

    /// The share of the points of `features` that lie in this manifold.
    pub(super) fn share_inside(&self, features: &[f32]) -> f64 {
        let others = Features(features);
        let mut inside = vec![false; others.count()];
        visit(&others, &Features(&self.features), &mut inside, |_, inside, first, distances| {
            *inside |= distances.iter().zip(&self.radii[first..]).any(|(distance, radius)| distance <= radius);
        });
        inside.iter().filter(|&&inside| inside).count() as f64 / inside.len() as f64
    }
}

/// Puts `distance` in its place, and drops the last.
fn insert(nearest: &mut [f32; NEIGHBOURS], distance: f32) {
    let place = nearest.partition_point(|&known| known <= distance);
    nearest[place..].rotate_right(1);
    nearest[place] = distance;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::eval::distance::tests::{noise, squared};
    use pocketgan_core::train::classifier::FEATURES;

    /// Points on a line.
    fn line(places: &[f32]) -> Vec<f32> {
        let point = |&place| std::iter::once(place).chain([0.5; FEATURES - 1]);
        places.iter().flat_map(point).collect()
    }

    #[test]
    fn a_ball_reaches_to_the_third_neighbour() {
        let points = line(&[0.0, 1.0, 3.0, 7.0, 8.0]);
        assert_eq!(Manifold::of(points).radii, [49.0, 36.0, 16.0, 36.0, 49.0]);
    }

    #[test]
    fn points_are_inside_where_any_ball_reaches_them() {
        let points = line(&[0.0, 1.0, 3.0, 7.0, 8.0]);
        let manifold = Manifold::of(points);
        assert_eq!(manifold.share_inside(&line(&[-7.0, 15.0, 4.0])), 1.0);
        assert_eq!(manifold.share_inside(&line(&[-7.1, 15.1, 30.0, 5.0])), 0.25);
    }

    #[test]
    fn shares_of_noise_are_those_of_plain_loops() {
        let (real, drawn) = (noise(700, 3), noise(130, 4));
        let radius = |i: usize| {
            let mut others: Vec<f64> = (0..700).filter(|&j| j != i).map(|j| squared(&real, i, &real, j)).collect();
            others.sort_by(f64::total_cmp);
            others[NEIGHBOURS - 1]
        };
        let radii: Vec<f64> = (0..700).map(radius).collect();
        let is_inside = |i: &usize| (0..700).any(|j| squared(&drawn, *i, &real, j) <= radii[j]);
        let expected = (0..130).filter(is_inside).count() as f64 / 130.0;
        assert!((0.05..0.95).contains(&expected), "{expected} tells little");
        assert_eq!(Manifold::of(real).share_inside(&drawn), expected);
    }

    #[test]
    fn a_set_as_small_as_its_neighbourhood_reaches_everywhere() {
        let points = line(&[0.0, 1.0, 2.0]);
        assert_eq!(Manifold::of(points).share_inside(&line(&[1e6])), 1.0);
    }
}
