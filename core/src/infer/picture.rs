//! Pictures as pixels and as text.

use crate::recipe::{PIXELS, SIDE};

/// A picture of 28x28 pixels, row by row; 0 is black, 255 white.
pub type Picture = [u8; PIXELS];

/// Characters from black to white.
const RAMP: &[u8; 10] = b" .:-=+*#%@";

/// Characters per pixel, so that a picture is about square in a terminal's font.
pub const TEXT_WIDTH: usize = 2;

/// The rows of a picture as ASCII characters, for terminals, serial lines, logs and tests.
///
/// ```
/// use pocketgan_core::infer::picture::text_rows;
///
/// let mut picture = [0; 784];
/// picture[1] = 255;
/// let first = text_rows(&picture).next().unwrap();
/// assert!(first.starts_with(b"  @@  "));
/// ```
pub fn text_rows(picture: &Picture) -> impl Iterator<Item = [u8; SIDE * TEXT_WIDTH]> {
    picture.as_chunks::<SIDE>().0.iter().map(|row| core::array::from_fn(|column| character(row[column / TEXT_WIDTH])))
}

/// The character of a pixel.
fn character(pixel: u8) -> u8 {
    RAMP[usize::from(pixel) * RAMP.len() / 256]
}

/// The pixel of a generator's output in -1..=1, rounded to nearest; NaN gives 0.
pub fn pixel(y: f32) -> u8 {
    // `as` saturates, and truncates, which rounds what is not negative after the addition.
    (y * 127.5 + 128.0) as u8
}

/// The network's input for a pixel: `(p - 127.5) / 127.5`, in -1..=1.
#[inline(always)]
pub fn scaled(pixel: u8) -> f32 {
    (f32::from(pixel) - 127.5) / 127.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_a_pixel_and_back_preserves_it() {
        assert!((0..=255).all(|p| pixel(scaled(p)) == p));
        assert_eq!((pixel(-1.0), pixel(1.0), pixel(9.0), pixel(-9.0), pixel(f32::NAN)), (0, 255, 255, 0, 0));
    }

    #[test]
    fn text_has_one_line_for_each_row_from_dark_to_bright_characters() {
        let mut picture = [0; PIXELS];
        picture[1] = 255;
        picture[PIXELS - 1] = 128;
        let mut rows = text_rows(&picture);
        assert_eq!(rows.next().unwrap()[..6], *b"  @@  ");
        assert!(rows.by_ref().take(26).all(|row| row == [b' '; 56]));
        assert_eq!(rows.next().unwrap()[52..], *b"  ++");
        assert!(rows.next().is_none());
    }
}
