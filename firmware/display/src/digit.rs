//! One digit on a display.

use core::iter::repeat_n;
use embedded_graphics_core::{
    draw_target::DrawTarget,
    geometry::{Point, Size},
    pixelcolor::Gray8,
    primitives::Rectangle,
};
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::SIDE;

/// The position and size of a digit on a display: each of its pixels is a square of `scale` x `scale` pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The upper left corner.
    pub top_left: Point,
    /// The side of a square; at 0 nothing is drawn.
    pub scale: u32,
}

impl Placement {
    /// The area that the digit covers.
    pub fn area(&self) -> Rectangle {
        Rectangle::new(self.top_left, Size::new_equal(SIDE as u32 * self.scale))
    }
}

/// Draws `picture` with its background at `placement`; the display clips what is outside it.
///
/// `embedded-graphics` converts each of the 256 greys to the nearest colour of the display.
///
/// # Errors
/// The display's own.
pub fn draw<D>(target: &mut D, picture: &Picture, placement: Placement) -> Result<(), D::Error>
where
    D: DrawTarget,
    D::Color: From<Gray8>,
{
    let scale = placement.scale as usize;
    let wide = move |row: &[u8; SIDE]| {
        let row = *row;
        row.into_iter().flat_map(move |pixel| repeat_n(D::Color::from(Gray8::new(pixel)), scale))
    };
    let colours = picture.as_chunks().0.iter().flat_map(move |row| repeat_n(row, scale).flat_map(wide));
    target.fill_contiguous(&placement.area(), colours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Canvas, noise};
    use embedded_graphics_core::pixelcolor::{BinaryColor, Gray4, GrayColor, Rgb565, RgbColor};

    #[test]
    fn each_pixel_of_a_digit_is_a_square_of_its_scale_and_nothing_else_changes() {
        let picture = noise(3);
        for (x0, y0, scale) in [(0, 0, 1), (4, 4, 2), (-30, 10, 3), (100, -5, 2), (7, 40, 1)] {
            let mut canvas = Canvas::new(128, 64, Gray8::new(99));
            draw(&mut canvas, &picture, Placement { top_left: Point::new(x0, y0), scale }).unwrap();
            for (x, y) in canvas.coordinates() {
                let (column, row) = ((x - x0).div_euclid(scale as i32), (y - y0).div_euclid(scale as i32));
                let inside = (0..28).contains(&column) && (0..28).contains(&row);
                let expected = if inside { picture[(28 * row + column) as usize] } else { 99 };
                assert_eq!(canvas.at(x, y).luma(), expected, "({x}, {y}) at ({x0}, {y0}) times {scale}");
            }
        }
    }

    #[test]
    fn a_scale_of_zero_draws_nothing() {
        let mut canvas = Canvas::new(40, 40, Gray8::new(7));
        draw(&mut canvas, &noise(1), Placement { top_left: Point::zero(), scale: 0 }).unwrap();
        assert!(canvas.coordinates().all(|(x, y)| canvas.at(x, y).luma() == 7));
    }

    /// Other tests rely on this conversion of embedded-graphics.
    #[test]
    fn sixteen_greys_are_the_nearest_ones() {
        for pixel in 0..=255u8 {
            let nibble = Gray4::from(Gray8::new(pixel)).luma();
            assert_eq!(u32::from(nibble), (u32::from(pixel) * 15 + 127) / 255, "{pixel}");
            assert!((i32::from(nibble) * 17 - i32::from(pixel)).abs() <= 8);
        }
    }

    #[test]
    fn displays_of_two_colours_and_of_many_take_the_same_digit() {
        let picture = noise(5);
        let placement = Placement { top_left: Point::zero(), scale: 1 };
        let mut paper = Canvas::new(28, 28, BinaryColor::Off);
        let mut screen = Canvas::new(28, 28, Rgb565::BLACK);
        draw(&mut paper, &picture, placement).unwrap();
        draw(&mut screen, &picture, placement).unwrap();
        for (x, y) in paper.coordinates() {
            let pixel = picture[(28 * y + x) as usize];
            assert_eq!(paper.at(x, y), BinaryColor::from(pixel >= 128));
            assert!((i32::from(screen.at(x, y).g()) * 255 / 63 - i32::from(pixel)).abs() <= 3);
        }
    }
}
