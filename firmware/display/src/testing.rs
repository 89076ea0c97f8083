//! A display and pictures for this crate's tests.

extern crate std;

use core::convert::Infallible;
use embedded_graphics_core::{
    Pixel,
    draw_target::DrawTarget,
    geometry::{OriginDimensions, Size},
    pixelcolor::PixelColor,
};
use pocketgan_core::infer::picture::Picture;
use std::{vec, vec::Vec};

/// A display in memory that implements no more than it has to: single pixels, clipped.
pub(crate) struct Canvas<C> {
    size: Size,
    pixels: Vec<C>,
}

impl<C: PixelColor> Canvas<C> {
    pub(crate) fn new(width: u32, height: u32, colour: C) -> Self {
        Self { size: Size::new(width, height), pixels: vec![colour; (width * height) as usize] }
    }

    pub(crate) fn at(&self, x: i32, y: i32) -> C {
        self.pixels[self.index(x, y).expect("the pixel is on the canvas")]
    }

    /// All coordinates, row by row.
    pub(crate) fn coordinates(&self) -> impl Iterator<Item = (i32, i32)> + use<C> {
        let (width, height) = (self.size.width as i32, self.size.height as i32);
        (0..height).flat_map(move |y| (0..width).map(move |x| (x, y)))
    }

    fn index(&self, x: i32, y: i32) -> Option<usize> {
        let (width, height) = (self.size.width as i32, self.size.height as i32);
        ((0..width).contains(&x) && (0..height).contains(&y)).then_some((y * width + x) as usize)
    }
}

impl<C> OriginDimensions for Canvas<C> {
    fn size(&self) -> Size {
        self.size
    }
}

impl<C: PixelColor> DrawTarget for Canvas<C> {
    type Color = C;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<C>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            if let Some(index) = self.index(point.x, point.y) {
                self.pixels[index] = colour;
            }
        }
        Ok(())
    }
}

/// A picture in which neighbours differ, and pictures of different `seed`s.
pub(crate) fn noise(seed: usize) -> Picture {
    core::array::from_fn(|i| (((i + 1) * (seed + 3) * 40_503) >> 7) as u8)
}
