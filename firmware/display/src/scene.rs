//! A scene: one large digit and, where there is room, small ones beside it; or the digits of a number.

use crate::{
    digit::{self, Place},
    layout::Layout,
};
use embedded_graphics_core::{
    draw_target::DrawTarget,
    pixelcolor::{Gray8, GrayColor},
};
use pocketgan_core::infer::picture::Picture;

/// A display with a scene on it. Any display will do whose colours can be made of greys.
#[derive(Clone, Debug)]
pub struct Scene<D> {
    display: D,
    layout: Layout,
}

/// Why there is no scene.
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
    /// Takes the display and makes it black.
    ///
    /// # Errors
    /// If a digit has no room on it, or if it fails.
    pub fn new(mut display: D) -> Result<Self, SceneError<D::Error>> {
        let layout = Layout::of(display.bounding_box().size).ok_or(SceneError::TooSmall)?;
        display.clear(Gray8::BLACK.into()).map_err(SceneError::Display)?;
        Ok(Self { display, layout })
    }

    /// Where its digits are.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The display, to flush it if it wants that, or to draw something else.
    pub fn display(&mut self) -> &mut D {
        &mut self.display
    }

    /// Shows `picture` as the large digit.
    ///
    /// # Errors
    /// The display's own.
    pub fn large(&mut self, picture: &Picture) -> Result<(), D::Error> {
        digit::draw(&mut self.display, picture, self.layout.large())
    }

    /// Shows `picture` as digit `index` of a number, counted from the left; beyond the last one nothing happens. A scene
    /// has a number or the other digits: they lie over each other.
    ///
    /// # Errors
    /// The display's own.
    pub fn number(&mut self, index: usize, picture: &Picture) -> Result<(), D::Error> {
        self.show(self.layout.number(index), picture)
    }

    /// Shows `picture` as small digit `index`; beyond the last one nothing happens.
    ///
    /// # Errors
    /// The display's own.
    pub fn small(&mut self, index: usize, picture: &Picture) -> Result<(), D::Error> {
        self.show(self.layout.small(index), picture)
    }

    fn show(&mut self, place: Option<Place>, picture: &Picture) -> Result<(), D::Error> {
        match place {
            Some(place) => digit::draw(&mut self.display, picture, place),
            None => Ok(()),
        }
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
        for (x, y) in scene.display().places() {
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
        for (x, y) in scene.display().places() {
            let (index, column, row) = ((x - 2).div_euclid(32), (x - 2).rem_euclid(32), y - 18);
            let inside = (0..28).contains(&column) && (0..28).contains(&row) && (0..4).contains(&index);
            let expected = if inside { pictures[index as usize][(28 * row + column) as usize] } else { 0 };
            assert_eq!(scene.display().at(x, y).luma(), expected, "({x}, {y})");
        }
    }

    #[test]
    fn a_display_without_room_is_refused() {
        let error = Scene::new(Canvas::new(96, 16, Gray8::BLACK)).err();
        assert_eq!(error, Some(SceneError::TooSmall));
    }
}
