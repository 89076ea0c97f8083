//! Bringing a picture that is light on dark to 28x28 pixels.

use image::imageops::{self, FilterType};
use image::{GrayImage, ImageBuffer, Luma};
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::{PIXELS, SIDE};

use super::GreyImage;

/// The side of the square that MNIST's digits are scaled into.
const DIGIT: usize = 20;
/// Brightness above the background's that counts as content, of 255.
const CONTENT: u8 = 40;

/// Scaled as a whole, in the middle. A picture of 28x28 stays as it is.
pub(super) fn whole(image: &GreyImage) -> Picture {
    in_the_middle(image, background(image))
}

/// Cropped to the content and scaled, in the middle.
pub(super) fn crop(image: &GreyImage) -> Picture {
    match cropped(image) {
        Some(content) => in_the_middle(&content, 0),
        None => whole(image),
    }
}

/// Cropped to the content, scaled into a square of 20 pixels, and placed with its centre of mass in the middle.
pub(super) fn mass(image: &GreyImage) -> Picture {
    let Some(content) = cropped(image) else { return whole(image) };
    let (width, height) = scaled_size(&content, DIGIT);
    let scaled = scaled(&content, width, height);
    let [x, y] = centre_of_mass(&scaled);
    // All of the content stays inside.
    let offset =
        |centre: f64, length: usize| ((SIDE as f64 / 2.0 - centre).round() as i64).clamp(0, (SIDE - length) as i64);
    place(&scaled, offset(x, width), offset(y, height), 0)
}

fn in_the_middle(image: &GreyImage, background: u8) -> Picture {
    let (width, height) = scaled_size(image, SIDE);
    place(&scaled(image, width, height), (SIDE - width) as i64 / 2, (SIDE - height) as i64 / 2, background)
}

/// The size that fits a square of `side` pixels.
fn scaled_size(image: &GreyImage, side: usize) -> (usize, usize) {
    let longer = image.width.max(image.height);
    let scale = |length: usize| (length * side + longer / 2).div_euclid(longer).clamp(1, side);
    (scale(image.width), scale(image.height))
}

fn scaled(image: &GreyImage, width: usize, height: usize) -> GrayImage {
    let buffer: ImageBuffer<Luma<u8>, &[u8]> =
        ImageBuffer::from_raw(image.width as u32, image.height as u32, &image.pixels[..])
            .expect("an image has as many pixels as its size says");
    // Where it shrinks, the filter covers all pixels.
    imageops::resize(&buffer, width as u32, height as u32, FilterType::CatmullRom)
}

/// The median brightness of the border.
fn background(image: &GreyImage) -> u8 {
    let mut border: Vec<u8> = image.border().collect();
    let middle = border.len() / 2;
    *border.select_nth_unstable(middle).1
}

/// The smallest part of the picture that has all content, on black; none if there is no content.
fn cropped(image: &GreyImage) -> Option<GreyImage> {
    let background = background(image);
    let is_content = |&at: &usize| image.pixels[at].saturating_sub(background) > CONTENT;
    let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
    for at in (0..image.pixels.len()).filter(is_content) {
        let (x, y) = (at % image.width, at / image.width);
        (left, right, top, bottom) = (left.min(x), right.max(x), top.min(y), bottom.max(y));
    }
    if left > right {
        return None;
    }
    let rows = (top..=bottom).flat_map(|y| &image.pixels[y * image.width + left..=y * image.width + right]);
    let pixels = rows.map(|&pixel| stretched(pixel, background)).collect();
    Some(GreyImage { width: right - left + 1, height: bottom - top + 1, pixels })
}

/// A pixel with `background` mapped to 0 and 255 to itself.
fn stretched(pixel: u8, background: u8) -> u8 {
    let range = u32::from(255 - background).max(1);
    (u32::from(pixel.saturating_sub(background)) * 255 / range).min(255) as u8
}

/// The centre of mass, from the upper left corner; the middle if there is no mass.
fn centre_of_mass(image: &GrayImage) -> [f64; 2] {
    let (mut mass, mut sums) = (0.0, [0.0; 2]);
    for (x, y, &Luma([pixel])) in image.enumerate_pixels() {
        let pixel = f64::from(pixel);
        mass += pixel;
        sums[0] += pixel * (f64::from(x) + 0.5);
        sums[1] += pixel * (f64::from(y) + 0.5);
    }
    match mass > 0.0 {
        true => sums.map(|sum| sum / mass),
        false => [image.width(), image.height()].map(|length| f64::from(length) / 2.0),
    }
}

/// `image` on `background` with its upper left corner at (`left`, `top`).
fn place(image: &GrayImage, left: i64, top: i64, background: u8) -> Picture {
    let mut picture = [background; PIXELS];
    for (x, y, &Luma([pixel])) in image.enumerate_pixels() {
        let (x, y) = (i64::from(x) + left, i64::from(y) + top);
        picture[y as usize * SIDE + x as usize] = pixel;
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A white rectangle on black.
    fn rectangle(size: [usize; 2], left_top: [usize; 2], right_bottom: [usize; 2]) -> GreyImage {
        let [width, height] = size;
        let inside = |at: usize| {
            let (x, y) = (at % width, at / width);
            (left_top[0]..right_bottom[0]).contains(&x) && (left_top[1]..right_bottom[1]).contains(&y)
        };
        let pixels = (0..width * height).map(|at| if inside(at) { 255 } else { 0 }).collect();
        GreyImage { width, height, pixels }
    }

    /// The columns and rows of bright pixels: first and last.
    fn extent(picture: &Picture) -> [usize; 4] {
        let bright: Vec<usize> = (0..PIXELS).filter(|&at| picture[at] > 100).collect();
        let columns = || bright.iter().map(|at| at % SIDE);
        let rows = || bright.iter().map(|at| at / SIDE);
        [columns().min(), columns().max(), rows().min(), rows().max()].map(Option::unwrap)
    }

    #[test]
    fn a_picture_of_28x28_stays_as_it_is_as_a_whole() {
        let image = GreyImage { width: 28, height: 28, pixels: (0..784).map(|i| (i * 7 % 256) as u8).collect() };
        assert_eq!(whole(&image)[..], image.pixels);
    }

    #[test]
    fn content_fills_20_pixels_around_its_centre_of_mass() {
        let image = rectangle([300, 200], [10, 20], [50, 120]);
        assert_eq!(extent(&mass(&image)), [10, 17, 4, 23]);
        // An L, whose mass is at the lower left.
        let mut pixels = rectangle([140, 140], [20, 20], [40, 120]).pixels;
        pixels.chunks_exact_mut(140).skip(100).take(20).for_each(|row| row[20..120].fill(255));
        let picture = mass(&GreyImage { width: 140, height: 140, pixels });
        let [left, right, top, bottom] = extent(&picture);
        assert_eq!((right - left, bottom - top), (19, 19));
        assert!(left > 4 && top < 4, "{left} {top}");
    }

    #[test]
    fn cropped_content_fills_the_longer_side() {
        assert_eq!(extent(&crop(&rectangle([300, 200], [10, 20], [210, 120]))), [0, 27, 7, 20]);
    }

    #[test]
    fn a_picture_without_content_is_its_background() {
        for fit in [mass, crop, whole] {
            let grey = GreyImage { width: 5, height: 90, pixels: vec![30; 450] };
            assert_eq!(fit(&grey), [30; PIXELS]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_size_gives_a_picture(width in 1usize..70, height in 1usize..70, seed: u64) {
            let pixels = (0..width * height).map(|i| (seed.wrapping_mul(i as u64 + 1) >> 56) as u8).collect();
            let image = GreyImage { width, height, pixels };
            [mass, crop, whole].into_iter().for_each(|fit| _ = fit(&image));
        }
    }
}
