//! What the loops need beside a display: time, and a way to end.

use crate::screen::Screen;
use core::ops::ControlFlow;
use pocketgan_core::infer::picture::Picture;

/// What a screen shows at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The digit of a seed.
    Digit(u32),
    /// A picture between the digits of two seeds.
    Morph {
        /// The first seed.
        from: u32,
        /// The second seed.
        to: u32,
        /// The second seed's weight, of [`FULL_WEIGHT`](pocketgan_core::infer::morph::FULL_WEIGHT).
        weight: u16,
    },
    /// A number.
    Number(u32),
    /// A page of letters, counted from 0.
    Page(u32),
    /// A page whose letters morph into those of the next.
    PageMorph {
        /// The page before.
        from: u32,
        /// The next page.
        to: u32,
        /// The next page's weight, of [`FULL_WEIGHT`](pocketgan_core::infer::morph::FULL_WEIGHT).
        weight: u16,
    },
    /// A number whose changed digits morph into those of the next number.
    NumberMorph {
        /// The number before.
        from: u32,
        /// The next number.
        to: u32,
        /// The next number's weight, of [`FULL_WEIGHT`](pocketgan_core::infer::morph::FULL_WEIGHT).
        weight: u16,
    },
}

/// The device's side of a loop. A closure that takes the screen and a number of milliseconds is one that never ends.
pub trait Player<S: Screen> {
    /// Called after the digit of a seed was drawn, before its frame is complete.
    fn digit(&mut self, seed: u32, picture: &Picture) {
        let _ = (seed, picture);
    }

    /// Keeps a complete frame on the screen for `milliseconds` (flush a buffered display here), and says whether the loop
    /// goes on.
    ///
    /// # Errors
    /// The screen's own.
    fn hold(&mut self, screen: &mut S, frame: Frame, milliseconds: u32) -> Result<ControlFlow<()>, S::Error>;
}

impl<S: Screen, F: FnMut(&mut S, u32) -> Result<(), S::Error>> Player<S> for F {
    fn hold(&mut self, screen: &mut S, _: Frame, milliseconds: u32) -> Result<ControlFlow<()>, S::Error> {
        self(screen, milliseconds)?;
        Ok(ControlFlow::Continue(()))
    }
}
