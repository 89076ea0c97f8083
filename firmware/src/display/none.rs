//! No display.

use core::convert::Infallible;
use pocketgan_core::infer::picture::Picture;
use pocketgan_display::screen::Screen;

/// The display of a board that has none: there is no value of this type.
#[derive(Debug)]
pub enum Display {}

/// Whether the board has a display.
pub const EXISTS: bool = false;

/// None: this board has no display.
pub fn open() -> Option<Display> {
    None
}

/// Returns at once: a board without a display waits for nothing.
pub fn wait(_: u32) {}

impl Screen for Display {
    type Error = Infallible;

    fn small_count(&self) -> usize {
        match *self {}
    }

    fn number_count(&self) -> usize {
        match *self {}
    }

    fn large(&mut self, _: &Picture) -> Result<(), Infallible> {
        match *self {}
    }

    fn small(&mut self, _: usize, _: &Picture) -> Result<(), Infallible> {
        match *self {}
    }

    fn number(&mut self, _: usize, _: &Picture) -> Result<(), Infallible> {
        match *self {}
    }
}
