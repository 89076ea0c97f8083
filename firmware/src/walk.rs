//! A walk from one digit to another that starts and arrives softly.

use core::f32::consts::PI;
use micromath::F32Ext;

/// Pictures of a walk, the first and the last included.
pub const FRAMES: u32 = 5;

/// The weight at the end of the walk, where only the second digit is left.
pub const WHOLE: u16 = 256;

/// The second digit's weight in `frame` of a walk of [`FRAMES`] pictures.
pub fn weight(frame: u32) -> u16 {
    weight_of(frame, FRAMES)
}

/// The second digit's weight in `frame` of `frames`, from 0 in the first frame to [`WHOLE`] in the last: half a cosine
/// wave.
pub fn weight_of(frame: u32, frames: u32) -> u16 {
    let way = frame as f32 / (frames - 1) as f32;
    let eased = (1.0 - (PI * way).cos()) / 2.0;
    (eased * f32::from(WHOLE)).round() as u16
}
