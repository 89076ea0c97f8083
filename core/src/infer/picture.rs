//! Pictures: pixels, and the same digit as rows of characters.

use crate::recipe::{PIXELS, SIDE};

/// A picture, row by row; 0 is black, 255 white.
pub type Picture = [u8; PIXELS];

/// Characters from dark to bright.
const RAMP: &[u8; 10] = b" .:-=+*#%@";

/// Characters a pixel is wide, so that a picture is about as wide as high in a terminal's font.
pub const TEXT_WIDTH: usize = 2;

/// A picture as text: one row of ASCII characters for each of its rows.
///
/// The one function for the terminal, a device's serial line, logs and tests.
pub fn text_rows(picture: &Picture) -> impl Iterator<Item = [u8; SIDE * TEXT_WIDTH]> {
    picture.as_chunks::<SIDE>().0.iter().map(|row| core::array::from_fn(|column| character(row[column / TEXT_WIDTH])))
}

/// The character for a pixel.
fn character(pixel: u8) -> u8 {
    RAMP[usize::from(pixel) * RAMP.len() / 256]
}

/// The pixel for an output of the generator in -1..1, rounded to the nearest; NaN gives black.
pub fn pixel(y: f32) -> u8 {
    // `as` saturates, and truncates what is positive by now.
    (y * 127.5 + 128.0) as u8
}

/// What the networks see of a pixel: `(p - 127.5) / 127.5`, in -1..1.
#[inline(always)]
pub fn scaled(pixel: u8) -> f32 {
    (f32::from(pixel) - 127.5) / 127.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_survives_scaling_and_back() {
        assert!((0..=255).all(|p| pixel(scaled(p)) == p));
        assert_eq!((pixel(-1.0), pixel(1.0), pixel(9.0), pixel(-9.0), pixel(f32::NAN)), (0, 255, 255, 0, 0));
    }

    #[test]
    fn a_text_picture_has_a_row_a_row_and_goes_from_dark_to_bright() {
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
