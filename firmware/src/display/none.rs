//! No display.

use pocketgan_core::infer::picture::Picture;

/// The display of a board that has none: there is no value of it.
#[derive(Debug)]
pub enum Display {}

impl Display {
    /// Whether the board has a display, which can be opened then.
    pub const EXISTS: bool = false;

    /// None: this board has no display.
    pub fn open() -> Option<Self> {
        None
    }

    /// Shows `picture` as the one large digit.
    pub fn large(&mut self, _: &Picture) {
        match *self {}
    }

    /// Shows `picture` as small digit `index`.
    pub fn small(&mut self, _: usize, _: &Picture) {
        match *self {}
    }

    /// How many small digits there are.
    pub fn small_count(&self) -> usize {
        match *self {}
    }

    /// Shows `picture` as digit `index` of a number.
    pub fn number(&mut self, _: usize, _: &Picture) {
        match *self {}
    }

    /// How many digits a number has.
    pub fn number_count(&self) -> usize {
        match *self {}
    }

    /// Leaves what is shown for a time.
    pub fn wait(&mut self, _: u32) {
        match *self {}
    }
}
