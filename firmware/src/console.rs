//! The console: answers a host's requests on the serial line, by the protocol of [`pocketgan_protocol`].

use crate::display::{self, Display};
use crate::instruction_counter::{InstructionCounter, UNIT};
use crate::{board, model, spare, stack};
use cortex_m::peripheral::SYST;
use pocketgan_core::infer::picture::Picture;
use pocketgan_display::screen::Screen;
use pocketgan_protocol::{Console, Device, Measurement};

/// The board's side of the console.
struct Board {
    counter: Option<InstructionCounter>,
    /// Opened by the first picture to show: LEDs take processor time, which would disturb measurements.
    display: Option<Display>,
}

impl Device for Board {
    fn read(&mut self) -> Option<u8> {
        Some(board::next_byte())
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
        display::EXISTS
    }

    fn show(&mut self, picture: &Picture) {
        if self.display.is_none() {
            self.display = display::open();
        }
        if let Some(display) = &mut self.display {
            let Ok(()) = display.large(picture);
        }
    }

    fn count(&mut self, work: &mut dyn FnMut(&mut dyn FnMut())) -> Option<Measurement> {
        let steps = self.counter.as_mut()?.count_steps(work).ok()?;
        Some(Measurement { unit: UNIT, steps })
    }

    fn peak_stack(&self) -> u32 {
        stack::deepest_above(spare::stack_floor()) as u32
    }
}

/// Answers requests until the board is switched off. A model from the host is kept in spare RAM.
pub fn run(console: &mut Console, systick: SYST) {
    board::init();
    let mut device = Board { counter: InstructionCounter::new(systick).ok(), display: None };
    console.serve(&mut device, model::file(), spare::take());
}
