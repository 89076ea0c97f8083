//! Digits in greys on an ST7789 of 240x240 pixels at SPI 1: clock at PA5, data at PA7, chip-select at PA4, data or command
//! at PB0, reset at PB1.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use embedded_hal_bus::spi::ExclusiveDevice;
use mipidsi::{Builder, interface::SpiInterface, models::ST7789, options::ColorInversion};
use pocketgan_display::{scene::Scene, slideshow};
use pocketgan_example_stm32f405::generator;
use stm32f4xx_hal::{
    gpio::Speed,
    pac,
    prelude::*,
    rcc::Config,
    spi::{Mode, Phase, Polarity},
};

const SIDE: u16 = 240;
const SPI_MODE: Mode = Mode { polarity: Polarity::IdleHigh, phase: Phase::CaptureOnSecondTransition };

#[entry]
fn main() -> ! {
    let chip = pac::Peripherals::take().expect("it is taken once");
    let mut rcc = chip.RCC.freeze(Config::hsi().sysclk(168.MHz()));
    let mut delay = chip.TIM2.delay_us(&mut rcc);
    let (port_a, port_b) = (chip.GPIOA.split(&mut rcc), chip.GPIOB.split(&mut rcc));
    let clock = port_a.pa5.into_alternate().speed(Speed::VeryHigh);
    let data = port_a.pa7.into_alternate().speed(Speed::VeryHigh);
    let spi = chip.SPI1.spi((Some(clock), pac::SPI1::NoMiso, Some(data)), SPI_MODE, 40.MHz(), &mut rcc);
    let select = port_a.pa4.into_push_pull_output();
    let Ok(device) = ExclusiveDevice::new_no_delay(spi, select);
    let mut buffer = [0; 512];
    let interface = SpiInterface::new(device, port_b.pb0.into_push_pull_output(), &mut buffer);
    let screen = Builder::new(ST7789, interface)
        .display_size(SIDE, SIDE)
        .invert_colors(ColorInversion::Inverted)
        .reset_pin(port_b.pb1.into_push_pull_output())
        .init(&mut delay);
    let screen = screen.unwrap_or_else(|_| panic!("the screen answers"));

    let generator = generator().expect("the model is valid");
    let mut scene = Scene::new(screen).unwrap_or_else(|_| panic!("the screen has room for a digit"));
    let result = slideshow::run(&generator, &mut scene, 0, &mut |_: &mut Scene<_>, milliseconds| {
        delay.delay_ms(milliseconds);
        Ok(())
    });
    panic!("the slideshow ended: {:?}", result.is_ok())
}
