//! The board's display, if it has one.
//!
//! Each display is one file here, with a `Display` that is a [`Screen`](pocketgan_display::screen::Screen), whether it
//! `EXISTS`, and functions to `open` it and to `wait`. A board without one has a `Display` that cannot be opened.

#[cfg(feature = "microbit")]
#[path = "led_matrix.rs"]
mod chosen;
#[cfg(not(any(feature = "lm3s6965evb", feature = "microbit")))]
#[path = "none.rs"]
mod chosen;
#[cfg(feature = "lm3s6965evb")]
#[path = "oled.rs"]
mod chosen;

pub use chosen::{Display, EXISTS, open, wait};
#[cfg(feature = "microbit")]
pub(crate) use chosen::{TIMER, on_timer};
