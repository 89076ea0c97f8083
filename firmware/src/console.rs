//! The console: answers a host's requests on the serial line, by the protocol of [`pocketgan_core::wire`].

use crate::counter::{Counter, UNIT};
use crate::{board, model, spare, stack, walk};
use cortex_m::peripheral::SYST;
use pocketgan_core::picture::Picture;
use pocketgan_core::wire::{Console, Device, Measured};

/// A display that the console can show pictures on.
pub trait Screen {
    /// Shows a picture.
    fn show(&mut self, picture: &Picture);
}

/// The board as the console needs it.
struct Board<'s> {
    counter: Option<Counter>,
    screen: Option<&'s mut dyn Screen>,
}

impl Device for Board<'_> {
    fn read(&mut self) -> Option<u8> {
        loop {
            let byte = board::read_byte();
            if byte.is_some() {
                return byte;
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().copied().for_each(board::write_byte);
    }

    fn board(&self) -> &str {
        board::NAME
    }

    fn program(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }

    fn has_display(&self) -> bool {
        self.screen.is_some()
    }

    fn show(&mut self, picture: &Picture) {
        if let Some(screen) = &mut self.screen {
            screen.show(picture);
        }
    }

    fn weight(&self, frame: u16, frames: u16) -> u16 {
        walk::weight_of(frame.into(), frames.into())
    }

    fn count(&mut self, work: &mut dyn FnMut(&mut dyn FnMut())) -> Option<Measured> {
        let steps = self.counter.as_mut()?.count_steps(work).ok()?;
        Some(Measured { unit: UNIT, steps })
    }

    fn deepest_stack(&self) -> u32 {
        stack::deepest_above(spare::stack_floor()) as u32
    }
}

/// Answers requests with `console`'s memory until the board is switched off. A model from the host is kept in the RAM
/// that is spare.
pub fn run(console: &mut Console, systick: SYST, screen: Option<&mut dyn Screen>) {
    board::init();
    let mut device = Board { counter: Counter::new(systick).ok(), screen };
    console.serve(&mut device, model::file(), spare::take());
}
