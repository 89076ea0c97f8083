//! The board's display, if it has one.
//!
//! Each display is one file here, with a `Display` that is a [`Screen`](pocketgan_display::screen::Screen), whether it
//! `EXISTS`, and functions to `open` it and to `wait`. A board without one has a `Display` that cannot be opened.

// The board's display, one of the files here: `mod chosen;` with its path, by build.rs.
include!(concat!(env!("OUT_DIR"), "/chosen.rs"));

#[cfg(feature = "microbit-v2")]
pub(crate) use chosen::Leds;
pub use chosen::{Display, EXISTS, open, wait};
#[cfg(feature = "led-matrix")]
pub(crate) use chosen::{TIMER, on_timer};
