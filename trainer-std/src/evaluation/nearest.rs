//! Distances of pictures to their nearest training images, to detect memorisation.

use pocketgan_core::infer::picture::Picture;
use serde::Serialize;

use super::distance::{Pixels, visit};

/// Pictures that are compared: with 60,000 training images this is half the time of an evaluation.
pub(super) const COMPARED: usize = 2000;

/// Euclidean distances to the nearest training image, pixels scaled to 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Nearest {
    pub(crate) median: f64,
    /// 1 % of the pictures are at least this close.
    pub(crate) percentile_1: f64,
}

impl Nearest {
    /// Of the first [`COMPARED`] of `pictures`. If they are training images themselves, `indices` are their indices in
    /// `training`, and the distance is to the nearest image of another picture, of which `copies` versions follow each
    /// other.
    ///
    /// # Panics
    /// If `pictures` is empty.
    pub(super) fn of(pictures: &[Picture], indices: Option<&[u32]>, training: &[Picture], copies: usize) -> Self {
        let pictures = &pictures[..pictures.len().min(COMPARED)];
        let mut nearest = vec![f32::INFINITY; pictures.len()];
        visit(&Pixels(pictures), &Pixels(training), &mut nearest, |i, nearest, first, distances| {
            let inside = |index: usize| index.saturating_sub(first).min(distances.len());
            let (before, after) = match indices.map(|indices| indices[i] as usize / copies * copies) {
                Some(own) => (&distances[..inside(own)], &distances[inside(own + copies)..]),
                None => (distances, &[][..]),
            };
            *nearest = before.iter().chain(after).copied().fold(*nearest, f32::min);
        });
        nearest.sort_unstable_by(f32::total_cmp);
        let quantile = |share: f64| f64::from(nearest[(share * (nearest.len() - 1) as f64) as usize]).sqrt();
        Self { median: quantile(0.5), percentile_1: quantile(0.01) }
    }
}

/// Generated pictures that are nearer to training images than this share of the distance between real ones repeat them.
const REPEATING: f64 = 0.6;

impl Nearest {
    /// Whether pictures with these distances mostly repeat training images, which are as far from each other as `real`.
    pub(crate) fn repeats(&self, real: &Self) -> bool {
        self.median < REPEATING * real.median
    }
}

/// A sentence about pictures that repeat training images.
pub(crate) fn repeating(generated: &Nearest, real: &Nearest) -> String {
    format!(
        "warning: the pictures mostly repeat training images: the nearest one is {:.2} away, that of another real picture \
         {:.2}; train on more pictures, or for fewer epochs",
        generated.median, real.median
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::recipe::PIXELS;

    /// Black except for pixel `i`.
    fn dot(i: usize, shade: u8) -> Picture {
        std::array::from_fn(|at| if at == i { shade } else { 0 })
    }

    #[test]
    fn a_copy_has_distance_zero_and_a_fainter_dot_the_difference_in_brightness() {
        let training: Vec<Picture> = (0..PIXELS).map(|i| dot(i, 255)).collect();
        let copies = Nearest::of(&training[500..600], None, &training, 1);
        assert!(copies.median < 1e-3 && copies.percentile_1 < 1e-3, "{copies:?}");
        let fainter: Vec<Picture> = (0..10).map(|i| dot(i, 204)).collect();
        assert!((Nearest::of(&fainter, None, &training, 1).median - 0.2).abs() < 1e-6);
    }

    #[test]
    fn a_training_image_is_not_its_own_neighbour() {
        let training: Vec<Picture> = (0..PIXELS).map(|i| dot(i, 255)).collect();
        let indices: Vec<u32> = (0..PIXELS as u32).rev().collect();
        let pictures: Vec<Picture> = indices.iter().map(|&i| training[i as usize]).collect();
        let nearest = Nearest::of(&pictures, Some(&indices), &training, 1);
        assert!((nearest.percentile_1 - 2.0_f64.sqrt()).abs() < 1e-6 && nearest.median == nearest.percentile_1);
    }

    #[test]
    fn versions_of_the_same_picture_are_no_neighbours_of_each_other() {
        // Three versions of each of 200 pictures: neighbours in brightness.
        let training: Vec<Picture> = (0..600).map(|i| dot(i / 3, 100 + (i % 3) as u8)).collect();
        let indices: Vec<u32> = (0..600).collect();
        let distances = Nearest::of(&training, Some(&indices), &training, 3);
        assert!(distances.percentile_1 > 0.5, "{distances:?}");
        assert!(Nearest::of(&training, Some(&indices), &training, 1).median < 0.01);
    }

    #[test]
    fn one_percent_of_the_pictures_are_below_the_first_percentile() {
        let training = [[0; PIXELS]];
        let pictures: Vec<Picture> = (1..=201).map(|shade| dot(0, shade)).collect();
        let nearest = Nearest::of(&pictures, None, &training, 1);
        assert!((nearest.median * 255.0 - 101.0).abs() < 1e-3, "{nearest:?}");
        assert!((nearest.percentile_1 * 255.0 - 3.0).abs() < 1e-3, "{nearest:?}");
    }
}
