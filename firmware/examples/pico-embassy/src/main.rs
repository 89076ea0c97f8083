//! Digits on demand, asynchronously: a key from 0 to 9, pressed in a terminal on the Pico's USB serial line, draws that
//! digit on an SSD1306 (128x64, SDA at GP4, SCL at GP5) and in the terminal. Without a key, the next one comes each second.
//!
//! What concerns pocketgan is in `digits.rs`.
#![no_std]
#![no_main]

mod digits;
mod serial;

use embassy_executor::Spawner;
use embassy_futures::join::join;
use embassy_futures::select::{Either, select};
use embassy_rp::peripherals::{I2C0, USB};
use embassy_rp::{bind_interrupts, i2c, usb};
use embassy_time::Timer;
use panic_halt as _;
use ssd1306::{I2CDisplayInterface, Ssd1306Async, mode::BufferedGraphicsModeAsync, prelude::*};

use crate::digits::Digits;
use crate::serial::{Line, State};

bind_interrupts!(struct Interrupts {
    I2C0_IRQ => i2c::InterruptHandler<I2C0>;
    USBCTRL_IRQ => usb::InterruptHandler<USB>;
});

type Interface = I2CInterface<i2c::I2c<'static, I2C0, i2c::Async>>;
type Panel = Ssd1306Async<Interface, DisplaySize128x64, BufferedGraphicsModeAsync<DisplaySize128x64>>;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let chip = embassy_rp::init(Default::default());
    let i2c = i2c::I2c::new_async(chip.I2C0, chip.PIN_5, chip.PIN_4, Interrupts, i2c::Config::default());
    let interface = I2CDisplayInterface::new(i2c);
    let panel = Ssd1306Async::new(interface, DisplaySize128x64, DisplayRotation::Rotate0);

    let mut state = State::new();
    let (mut device, line) = state.open(usb::Driver::new(chip.USB, Interrupts));
    join(device.run(), draw_digits(panel.into_buffered_graphics_mode(), line)).await;
}

/// Draws digit after digit, or those that are asked for.
async fn draw_digits(mut panel: Panel, mut line: Line<'_>) {
    let digits = Digits::open().expect("the model is valid");
    // Without a panel there is still the terminal.
    let _ = panel.init().await;
    let mut digit = 0;
    for variant in 0.. {
        let picture = digits.picture(digit, variant);
        digits::show(&picture, &mut panel);
        let _ = panel.flush().await;
        digit = match select(line.digit(&picture), Timer::after_secs(1)).await {
            Either::First(chosen) => chosen,
            Either::Second(()) => (digit + 1) % 10,
        };
    }
}
