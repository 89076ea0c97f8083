//! Showing digits: on whatever `embedded-graphics` can draw, on a panel with an SSD0323, on 5x5 lamps.
//!
//! `no_std` without allocation, and it knows no board: firmware brings the wires, and the host's tests draw the same
//! pictures into memory. It lies outside `core` because the mathematics needs no display, and outside `firmware` because
//! that can be built for microcontrollers only.
//!
//! | to | see |
//! |---|---|
//! | show digits on any `DrawTarget` | [`scene`] |
//! | draw one digit at a place of one's own | [`digit`] |
//! | know where the digits of a scene go | [`layout`] |
//! | go through digit after digit so | [`tour`] |
//! | count in drawn digits | [`odometer`] |
//! | drive an OLED with an SSD0323 | [`ssd0323`] |
//! | reduce a digit to 5x5 lamps | [`lamps`] |
#![no_std]
#![forbid(unsafe_code)]

pub mod digit;
pub mod lamps;
pub mod layout;
pub mod odometer;
pub mod scene;
pub mod ssd0323;
#[cfg(test)]
mod testing;
pub mod tour;
