//! What the loops need of a display.

use pocketgan_core::infer::picture::Picture;

/// A display with room for digits: one large and some small ones, or those of a number.
/// [`Scene`](crate::scene::Scene) makes one of any `DrawTarget`.
pub trait Screen {
    /// Why the display failed.
    type Error;

    /// How many small digits there are.
    fn small_count(&self) -> usize;

    /// How many digits a number has.
    fn number_count(&self) -> usize;

    /// Shows `picture` as the large digit.
    ///
    /// # Errors
    /// The display's own.
    fn large(&mut self, picture: &Picture) -> Result<(), Self::Error>;

    /// Shows `picture` as small digit `index`, counted from 0; does nothing after the last one.
    ///
    /// # Errors
    /// The display's own.
    fn small(&mut self, index: usize, picture: &Picture) -> Result<(), Self::Error>;

    /// Shows `picture` as digit `index` of a number, counted from 0 at the left; does nothing after the last one. The
    /// digits of a number overlap the others.
    ///
    /// # Errors
    /// The display's own.
    fn number(&mut self, index: usize, picture: &Picture) -> Result<(), Self::Error>;
}
