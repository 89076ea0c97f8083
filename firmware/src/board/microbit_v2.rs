//! BBC micro:bit V2: a Nordic nRF52833, a Cortex-M4F at 64 MHz. Its serial line goes through the interface chip's USB.

use crate::display::Leds;
use crate::peripheral::NrfUarte;
use crate::shared::Shared;
use nrf52833_hal::gpio::{Level, p0, p1};
use nrf52833_hal::pac::Peripherals;
use nrf52833_hal::timer::Timer;

static LINE: Shared<NrfUarte> = Shared::new();
static LEDS: Shared<Leds> = Shared::new();

pub(super) static UART: &Shared<NrfUarte> = &LINE;

/// Prepares the clock, the flash's cache, the serial line and the LEDs' pins. May be called again.
pub fn init() {
    if let Some(chip) = Peripherals::take() {
        start(chip);
    }
}

/// The pins are those of the board's schematic (V2.2).
fn start(chip: Peripherals) {
    // The cache for code is off after reset.
    chip.NVMC.icachecnf.write(|cache| cache.cacheen().enabled());
    let (port_0, port_1) = (p0::Parts::new(chip.P0), p1::Parts::new(chip.P1));
    let (txd, rxd) = (port_0.p0_06.into_push_pull_output(Level::High), port_1.p1_08.into_floating_input());
    LINE.put(NrfUarte::start(chip.CLOCK, chip.UARTE0, txd.degrade(), rxd.degrade()));
    LEDS.put(Leds {
        rows: [
            port_0.p0_21.into_push_pull_output(Level::Low).degrade(),
            port_0.p0_22.into_push_pull_output(Level::Low).degrade(),
            port_0.p0_15.into_push_pull_output(Level::Low).degrade(),
            port_0.p0_24.into_push_pull_output(Level::Low).degrade(),
            port_0.p0_19.into_push_pull_output(Level::Low).degrade(),
        ],
        columns: [
            port_0.p0_28.into_push_pull_output(Level::High).degrade(),
            port_0.p0_11.into_push_pull_output(Level::High).degrade(),
            port_0.p0_31.into_push_pull_output(Level::High).degrade(),
            port_1.p1_05.into_push_pull_output(Level::High).degrade(),
            port_0.p0_30.into_push_pull_output(Level::High).degrade(),
        ],
        timer: Timer::periodic(chip.TIMER0),
    });
}

/// The LEDs, until somebody has taken them.
pub(crate) fn take_leds() -> Option<Leds> {
    LEDS.take()
}
