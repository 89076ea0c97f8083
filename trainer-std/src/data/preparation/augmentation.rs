//! More images from few: copies of each that are shifted, turned and scaled a little.

use pocketgan_core::infer::picture::Picture;
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_core::recipe::{PIXELS, SIDE};
use rayon::prelude::*;

/// Fewer images than this are augmented if nothing is asked for.
pub(crate) const FEW: usize = 5000;
/// To about so many.
const ENOUGH: usize = 20_000;
/// The seed of all distortions: the same pictures give the same images.
const SEED: u64 = 0;
/// Largest shift in each direction, in pixels.
const SHIFT: f32 = 1.5;
/// Largest turn, in radians: 8 degrees.
const TURN: f32 = 0.14;
/// Largest change of the size, as a share.
const SCALE: f32 = 0.08;

/// How many versions of each of `count` images there are, itself included, if nothing is asked for.
pub(crate) fn copies_of(count: usize) -> u16 {
    match count < FEW {
        true => ENOUGH.div_ceil(count.max(1)).min(super::MAX_COPIES.into()) as u16,
        false => 1,
    }
}

/// `copies` versions of each image, one after another: itself, and distorted ones.
pub(crate) fn augmented(images: &[Picture], copies: u16) -> Vec<Picture> {
    let copies = usize::from(copies);
    let version = |index: usize| match (index % copies, &images[index / copies]) {
        (0, image) => *image,
        (_, image) => Distortion::at(index as u64).of(image),
    };
    (0..images.len() * copies).into_par_iter().map(version).collect()
}

/// A map from a pixel of the distorted image to a position in the original.
struct Distortion {
    /// Row by row.
    matrix: [f32; 4],
    shift: [f32; 2],
}

impl Distortion {
    fn at(index: u64) -> Self {
        let mut stream = Stream::at(SEED, Purpose::Augment, index);
        let mut symmetric = |largest: f32| largest * stream.symmetric();
        let (turn, scale) = (symmetric(TURN), 1.0 + symmetric(SCALE));
        // Polynomials, which give the same bits on every machine.
        let (sine, cosine) = (turn - turn.powi(3) / 6.0, 1.0 - turn.powi(2) / 2.0);
        let matrix = [cosine, -sine, sine, cosine].map(|entry| entry / scale);
        Self { matrix, shift: [symmetric(SHIFT), symmetric(SHIFT)] }
    }

    fn of(&self, image: &Picture) -> Picture {
        let middle = (SIDE - 1) as f32 / 2.0;
        let [a, b, c, d] = self.matrix;
        let pixel = |at: usize| {
            let (x, y) = ((at % SIDE) as f32 - middle - self.shift[0], (at / SIDE) as f32 - middle - self.shift[1]);
            sample(image, a * x + b * y + middle, c * x + d * y + middle)
        };
        let mut distorted = [0; PIXELS];
        distorted.iter_mut().enumerate().for_each(|(at, to)| *to = pixel(at));
        distorted
    }
}

/// The brightness at a position between pixels, by cubic interpolation (Catmull-Rom), which keeps strokes sharp.
fn sample(image: &Picture, x: f32, y: f32) -> u8 {
    let (left, top) = (x.floor(), y.floor());
    let [columns, rows] = [x - left, y - top].map(weights);
    let mut sum = 0.0;
    for (row, weight) in (top as i32 - 1..).zip(rows) {
        for (column, other) in (left as i32 - 1..).zip(columns) {
            sum += weight * other * f32::from(pixel(image, column, row));
        }
    }
    sum.clamp(0.0, 255.0).round() as u8
}

/// A pixel; beyond the edges the nearest one.
fn pixel(image: &Picture, x: i32, y: i32) -> u8 {
    let inside = |coordinate: i32| coordinate.clamp(0, SIDE as i32 - 1) as usize;
    image[inside(y) * SIDE + inside(x)]
}

/// The weights of the four pixels around a position `t` behind the second.
fn weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [0.5 * (-t3 + 2.0 * t2 - t), 0.5 * (3.0 * t3 - 5.0 * t2 + 2.0), 0.5 * (-3.0 * t3 + 4.0 * t2 + t), 0.5 * (t3 - t2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar() -> Picture {
        std::array::from_fn(
            |at| if (12..16).contains(&(at % SIDE)) && (6..22).contains(&(at / SIDE)) { 255 } else { 0 },
        )
    }

    #[test]
    fn the_first_version_is_the_image_and_the_others_differ_a_little() {
        let versions = augmented(&[bar(), [0; PIXELS]], 9);
        assert_eq!((versions.len(), versions[0], versions[9]), (18, bar(), [0; PIXELS]));
        let ink = |picture: &Picture| picture.iter().map(|&pixel| u32::from(pixel)).sum::<u32>() as f32;
        let middle = |picture: &Picture| {
            let sum: u32 = picture.iter().zip(0..).map(|(&pixel, at)| u32::from(pixel) * (at % SIDE as u32)).sum();
            sum as f32 / ink(picture)
        };
        for version in &versions[1..9] {
            assert!(*version != bar());
            assert!((ink(version) / ink(&bar()) - 1.0).abs() < 0.25, "{}", ink(version));
            assert!((middle(version) - middle(&bar())).abs() < 2.0);
        }
        assert!(versions[1] != versions[2] && versions[17] == [0; PIXELS]);
    }

    #[test]
    fn few_images_become_enough_and_many_stay() {
        assert_eq!([200, 4999, 5000, 60_000, 1].map(copies_of), [100, 5, 1, 1, 1000]);
    }

    #[test]
    fn a_position_on_a_pixel_has_its_brightness() {
        let image: Picture = std::array::from_fn(|at| (at * 31 % 256) as u8);
        assert_eq!(sample(&image, 5.0, 9.0), image[9 * SIDE + 5]);
    }
}
