//! Precision and recall of generated pictures (Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric for
//! Assessing Generative Models").
//!
//! The manifold of a set of feature vectors is estimated by the union of balls around them, each with the distance to the
//! vector's k-th nearest neighbour in the set as its radius. Precision is the share of generated vectors within the
//! manifold of the real ones; recall the share of real vectors within the manifold of the generated ones.

use super::distance::visit;
use super::features::Features;

/// k: the neighbour whose distance is a ball's radius.
pub(super) const NEIGHBOURS: usize = 3;

/// Feature vectors and the radii of the balls around them.
pub(super) struct Manifold {
    features: Features,
    /// Squared; infinite if the set has no more than k vectors.
    radii: Vec<f32>,
}

impl Manifold {
    /// The manifold of `features`.
    pub(super) fn of(features: Features) -> Self {
        let mut nearest = vec![[f32::INFINITY; NEIGHBOURS]; features.count()];
        visit(&features, &features, &mut nearest, |own, nearest, first, distances| {
            for (other, &distance) in (first..).zip(distances) {
                if distance < nearest[NEIGHBOURS - 1] && other != own {
                    insert(nearest, distance);
                }
            }
        });
        Self { radii: nearest.iter().map(|nearest| nearest[NEIGHBOURS - 1]).collect(), features }
    }

    /// The vectors it was estimated from.
    pub(super) fn features(&self) -> &Features {
        &self.features
    }

    /// The share of `features` that lies within this manifold.
    pub(super) fn share_inside(&self, features: &Features) -> f64 {
        let mut inside = vec![false; features.count()];
        visit(features, &self.features, &mut inside, |_, inside, first, distances| {
            *inside |= distances.iter().zip(&self.radii[first..]).any(|(distance, radius)| distance <= radius);
        });
        inside.iter().filter(|&&inside| inside).count() as f64 / inside.len() as f64
    }
}

/// Inserts `distance` into the ascending `nearest` and drops the largest.
fn insert(nearest: &mut [f32; NEIGHBOURS], distance: f32) {
    let index = nearest.partition_point(|&known| known <= distance);
    nearest[index..].rotate_right(1);
    nearest[index] = distance;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::distance::tests::{noise, squared};

    /// Points on a line.
    fn line(coordinates: &[f32]) -> Features {
        let point = |&x| std::iter::once(x).chain([0.5; Features::WIDTH - 1]);
        Features::new(coordinates.iter().flat_map(point).collect())
    }

    #[test]
    fn a_radius_is_the_distance_to_the_third_neighbour() {
        let points = line(&[0.0, 1.0, 3.0, 7.0, 8.0]);
        assert_eq!(Manifold::of(points).radii, [49.0, 36.0, 16.0, 36.0, 49.0]);
    }

    #[test]
    fn a_point_in_any_ball_is_inside() {
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
        assert!((0.05..0.95).contains(&expected), "{expected} is too close to 0 or 1 for a test");
        assert_eq!(Manifold::of(real).share_inside(&drawn), expected);
    }

    #[test]
    fn a_set_of_no_more_than_k_points_covers_everything() {
        let points = line(&[0.0, 1.0, 2.0]);
        assert_eq!(Manifold::of(points).share_inside(&line(&[1e6])), 1.0);
    }
}
