//! The walk from one digit to another as `draw` makes it: in [`FRAMES`] pictures.

pub use pocketgan_display::walk::WHOLE;

/// Pictures of a walk, the first and the last included.
pub const FRAMES: u32 = 5;

/// The second digit's weight in `frame`, from 0 in the first frame to [`WHOLE`] in the last.
pub fn weight(frame: u32) -> u16 {
    pocketgan_display::walk::weight(frame, FRAMES - 1)
}
