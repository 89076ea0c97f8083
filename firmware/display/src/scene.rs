//! A screen on any `DrawTarget`: one large digit with small ones where there is room, or the digits of a number.

use crate::{
    digit::{self, Placement},
    layout::Layout,
    screen::Screen,
};
use embedded_graphics_core::{
    draw_target::DrawTarget,
    pixelcolor::{Gray8, GrayColor},
};
use pocketgan_core::infer::picture::Picture;

/// A display with digits on it. Its colours must be convertible from greys.
#[derive(Clone, Debug)]
pub struct Scene<D> {
    display: D,
    layout: Layout,
}

/// Why a scene could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SceneError<E> {
    /// The display is narrower or lower than a digit.
    TooSmall,
    /// The display failed.
    Display(E),
}

impl<D> Scene<D>
where
    D: DrawTarget,
    D::Color: From<Gray8>,
{
    /// Takes the display and clears it to black.
    ///
    /// # Errors
    /// If it is smaller than a digit, or if it fails.
    pub fn new(mut display: D) -> Result<Self, SceneError<D::Error>> {
        let layout = Layout::of(display.bounding_box().size).ok_or(SceneError::TooSmall)?;
        display.clear(Gray8::BLACK.into()).map_err(SceneError::Display)?;
        Ok(Self { display, layout })
    }

    /// The placements of its digits.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The display, to flush a buffered one or to draw something else.
    pub fn display(&mut self) -> &mut D {
        &mut self.display
    }

    fn show(&mut self, placement: Option<Placement>, picture: &Picture) -> Result<(), D::Error> {
        match placement {
            Some(placement) => digit::draw(&mut self.display, picture, placement),
            None => Ok(()),
        }
    }
}

impl<D> Screen for Scene<D>
where
    D: DrawTarget,
    D::Color: From<Gray8>,
{
    type Error = D::Error;

    fn small_count(&self) -> usize {
        self.layout.small_count()
    }

    fn number_count(&self) -> usize {
        self.layout.number_count()
    }

    fn large(&mut self, picture: &Picture) -> Result<(), D::Error> {
        digit::draw(&mut self.display, picture, self.layout.large())
    }

    fn small(&mut self, index: usize, picture: &Picture) -> Result<(), D::Error> {
        self.show(self.layout.small(index), picture)
    }

    fn number(&mut self, index: usize, picture: &Picture) -> Result<(), D::Error> {
        self.show(self.layout.number(index), picture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Canvas, noise};

    #[test]
    fn a_scene_is_its_digits_on_black() {
        let mut scene = Scene::new(Canvas::new(128, 64, Gray8::new(200))).unwrap();
        let pictures: [Picture; 5] = core::array::from_fn(noise);
        scene.large(&pictures[0]).unwrap();
        // One more than there is room for.
        for index in 0..5 {
            scene.small(index, &pictures[(index + 1) % 5]).unwrap();
        }
        for (x, y) in scene.display().coordinates() {
            let large = (0..56).contains(&(x - 4)) && (0..56).contains(&(y - 4));
            let expected = match ((x - 66).div_euclid(32), (y - 2).div_euclid(32)) {
                _ if large => pictures[0][((y - 4) / 2 * 28 + (x - 4) / 2) as usize],
                (column @ 0..2, row @ 0..2) if (x - 66) % 32 < 28 && (y - 2) % 32 < 28 => {
                    pictures[(1 + 2 * row + column) as usize][((y - 2) % 32 * 28 + (x - 66) % 32) as usize]
                }
                _ => 0,
            };
            assert_eq!(scene.display().at(x, y).luma(), expected, "({x}, {y})");
        }
    }

    #[test]
    fn a_number_is_a_row_of_digits_on_black() {
        let mut scene = Scene::new(Canvas::new(128, 64, Gray8::new(200))).unwrap();
        let pictures: [Picture; 5] = core::array::from_fn(noise);
        // One more than there is room for.
        for (index, picture) in pictures.iter().enumerate() {
            scene.number(index, picture).unwrap();
        }
        for (x, y) in scene.display().coordinates() {
            let (index, column, row) = ((x - 2).div_euclid(32), (x - 2).rem_euclid(32), y - 18);
            let inside = (0..28).contains(&column) && (0..28).contains(&row) && (0..4).contains(&index);
            let expected = if inside { pictures[index as usize][(28 * row + column) as usize] } else { 0 };
            assert_eq!(scene.display().at(x, y).luma(), expected, "({x}, {y})");
        }
    }

    #[test]
    fn a_display_smaller_than_a_digit_is_an_error() {
        let error = Scene::new(Canvas::new(96, 16, Gray8::BLACK)).err();
        assert_eq!(error, Some(SceneError::TooSmall));
    }
}
