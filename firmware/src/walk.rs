//! The walk from one digit to another, counted in pictures.

use pocketgan_display::walk;
pub use pocketgan_display::walk::WHOLE;

/// Pictures of a walk that `draw` makes, the first and the last included.
pub const FRAMES: u32 = 5;

/// The second digit's weight in `frame` of a walk of [`FRAMES`] pictures.
pub fn weight(frame: u32) -> u16 {
    weight_of(frame, FRAMES)
}

/// The second digit's weight in `frame` of `frames`, from 0 in the first frame to [`WHOLE`] in the last.
pub fn weight_of(frame: u32, frames: u32) -> u16 {
    walk::weight(frame, frames.saturating_sub(1))
}
