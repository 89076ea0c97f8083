//! Grey pictures of any size, as files have them.

use image::{DynamicImage, Rgba, RgbaImage};

/// A grey picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GreyImage {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Row by row; 0 is black, 255 white.
    pub(crate) pixels: Vec<u8>,
}

/// Ink of what is opaque, in [`GreyImage::of`].
const OPAQUE: u8 = 128;

impl GreyImage {
    /// A picture of colours as greys (by luma). What is transparent becomes white; if what is left were hardly seen on
    /// white, dark and light are exchanged first.
    pub(crate) fn of(image: &DynamicImage) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let pixels = match image.color().has_alpha() {
            true => on_white(&image.to_rgba8()),
            false => image.to_luma8().into_raw(),
        };
        Self { width, height, pixels }
    }

    pub(crate) fn inverted(mut self) -> Self {
        self.pixels.iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
        self
    }

    /// The pixels of the outermost rows and columns.
    pub(crate) fn border(&self) -> impl Iterator<Item = u8> {
        let (right, bottom) = (self.width - 1, self.height - 1);
        let is_border =
            move |at: usize| [0, right].contains(&(at % self.width)) || [0, bottom].contains(&(at / self.width));
        self.pixels.iter().enumerate().filter(move |&(at, _)| is_border(at)).map(|(_, &pixel)| pixel)
    }
}

fn luma(Rgba([r, g, b, _]): &Rgba<u8>) -> u32 {
    // The weights of Rec. 709, as for pictures without transparency.
    (2126 * u32::from(*r) + 7152 * u32::from(*g) + 722 * u32::from(*b)) / 10_000
}

fn on_white(image: &RgbaImage) -> Vec<u8> {
    let opaque = image.pixels().filter(|pixel| pixel.0[3] >= OPAQUE);
    let (count, sum) = opaque.fold((0_u64, 0_u64), |(count, sum), pixel| (count + 1, sum + u64::from(luma(pixel))));
    let has_transparent = count < image.pixels().len() as u64;
    let is_light = has_transparent && sum > 160 * count;
    let blended = |pixel: &Rgba<u8>| {
        let (grey, alpha) = (luma(pixel), u32::from(pixel.0[3]));
        let grey = if is_light { 255 - grey } else { grey };
        ((grey * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    image.pixels().map(blended).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(pixels: &[[u8; 4]]) -> Vec<u8> {
        let image = RgbaImage::from_raw(pixels.len() as u32, 1, pixels.concat()).unwrap();
        GreyImage::of(&DynamicImage::ImageRgba8(image)).pixels
    }

    #[test]
    fn what_is_transparent_becomes_white_and_content_stays_visible() {
        assert_eq!(grey(&[[0, 0, 0, 255], [9, 9, 9, 0]]), [0, 255]);
        assert_eq!(grey(&[[255, 255, 255, 255], [9, 9, 9, 0]]), [0, 255]);
        assert_eq!(grey(&[[255, 255, 255, 255], [0, 0, 0, 255]]), [255, 0], "nothing is transparent");
    }

    #[test]
    fn the_border_is_all_pixels_at_an_edge() {
        let image = GreyImage { width: 3, height: 3, pixels: (0..9).collect() };
        assert_eq!(image.border().collect::<Vec<_>>(), [0, 1, 2, 3, 5, 6, 7, 8]);
        let line = GreyImage { width: 1, height: 2, pixels: vec![7, 8] };
        assert_eq!(line.border().collect::<Vec<_>>(), [7, 8]);
    }
}
