//! Digits in black and white on an SSD1306 of 128x64 pixels at I2C 1: SCL at PB6, SDA at PB7, both with a pull-up.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use pocketgan_display::{scene::Scene, slideshow};
use pocketgan_example_stm32f405::generator;
use ssd1306::{I2CDisplayInterface, Ssd1306, mode::BufferedGraphicsMode, prelude::*};
use stm32f4xx_hal::{i2c::I2c, pac, prelude::*, rcc::Config};

type Panel = Ssd1306<I2CInterface<I2c<pac::I2C1>>, DisplaySize128x64, BufferedGraphicsMode<DisplaySize128x64>>;

#[entry]
fn main() -> ! {
    let chip = pac::Peripherals::take().expect("it is taken once");
    let mut rcc = chip.RCC.freeze(Config::hsi().sysclk(168.MHz()));
    let port_b = chip.GPIOB.split(&mut rcc);
    let i2c = chip.I2C1.i2c((port_b.pb6, port_b.pb7), 400.kHz(), &mut rcc);
    let mut delay = chip.TIM2.delay_us(&mut rcc);
    let interface = I2CDisplayInterface::new(i2c);
    let mut panel = Ssd1306::new(interface, DisplaySize128x64, DisplayRotation::Rotate0).into_buffered_graphics_mode();
    panel.init().expect("the panel answers");

    let generator = generator().expect("the model is valid");
    let mut scene = Scene::new(panel).unwrap_or_else(|_| panic!("the panel has room for a digit"));
    let result = slideshow::run(&generator, &mut scene, 0, &mut |scene: &mut Scene<Panel>, milliseconds| {
        scene.display().flush()?;
        delay.delay_ms(milliseconds);
        Ok(())
    });
    panic!("the slideshow ended: {result:?}")
}
