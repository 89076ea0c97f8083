//! Nordic nRF52840 development kit (PCA10056): a Cortex-M4F at 64 MHz. Its serial line goes through the interface chip's USB.

use crate::peripheral::NrfUarte;
use crate::shared::Shared;
use nrf52840_hal::gpio::{Level, p0};
use nrf52840_hal::pac::Peripherals;

static LINE: Shared<NrfUarte> = Shared::new();

pub(super) static UART: &Shared<NrfUarte> = &LINE;

/// Prepares the clock, the flash's cache and the serial line. May be called again.
pub fn init() {
    let Some(chip) = Peripherals::take() else { return };
    // The cache for code is off after reset.
    chip.NVMC.icachecnf.write(|cache| cache.cacheen().enabled());
    // The pins that the board's schematic connects to the interface chip.
    let pins = p0::Parts::new(chip.P0);
    let (txd, rxd) = (pins.p0_06.into_push_pull_output(Level::High), pins.p0_08.into_floating_input());
    LINE.put(NrfUarte::start(chip.CLOCK, chip.UARTE0, txd.degrade(), rxd.degrade()));
}
