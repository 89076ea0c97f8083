//! Digits on displays: on everything that `embedded-graphics` can draw to, on a panel with an SSD0323, and on 5x5 LEDs.
//!
//! `no_std`, without allocation, and independent of boards: firmware brings the wires, and host tests draw the same
//! pictures into memory. A board of your own needs a display and a delay:
//!
//! ```no_run
//! use embedded_graphics_core::{draw_target::DrawTarget, pixelcolor::Gray8};
//! use embedded_hal::delay::DelayNs;
//! use pocketgan_core::infer::model::IntegerGenerator;
//! use pocketgan_display::{scene::Scene, slideshow};
//!
//! fn show<D>(generator: &IntegerGenerator, display: D, mut delay: impl DelayNs) -> Result<(), D::Error>
//! where
//!     D: DrawTarget,
//!     D::Color: From<Gray8>,
//! {
//!     let mut scene = Scene::new(display).unwrap_or_else(|_| panic!("the display has room for a digit"));
//!     slideshow::run(generator, &mut scene, 0, &mut |_: &mut Scene<D>, milliseconds| {
//!         delay.delay_ms(milliseconds);
//!         Ok(())
//!     })
//! }
//! ```
//!
//! | to | see |
//! |---|---|
//! | show digits on any `DrawTarget` | [`scene`] |
//! | go through digit after digit, each morphing into the next | [`slideshow`] |
//! | count in drawn digits | [`counter`] |
//! | write words, or go through all classes of a model | [`lettering`] |
//! | pace these loops, end them, and follow what they show | [`player`] |
//! | run them on a display that is not a `DrawTarget` | [`screen`] |
//! | draw one digit at a position of your own | [`digit`] |
//! | know where the digits of a scene are | [`layout`] |
//! | drive an OLED with an SSD0323 | [`ssd0323`] |
//! | reduce a digit to 5x5 LEDs | [`leds`] |
#![no_std]
#![forbid(unsafe_code)]

pub mod counter;
pub mod digit;
pub mod layout;
pub mod leds;
pub mod lettering;
pub mod player;
pub mod scene;
pub mod screen;
pub mod slideshow;
pub mod ssd0323;
#[cfg(test)]
mod testing;
