//! The board's display, if it has one: a [`Display`] that shows a digit, and small ones beside it where there is room.
//!
//! Each display is one file here with the same methods; the board's feature chooses. A board without one has a `Display`
//! that cannot be opened, so programs for any board need ask only once.

#[cfg(feature = "lm3s6965evb")]
#[path = "oled.rs"]
mod chosen;
#[cfg(feature = "microbit")]
#[path = "lamps.rs"]
mod chosen;
#[cfg(not(any(feature = "lm3s6965evb", feature = "microbit")))]
#[path = "none.rs"]
mod chosen;

pub use chosen::Display;
#[cfg(feature = "microbit")]
pub(crate) use chosen::{TIMER, on_timer};
