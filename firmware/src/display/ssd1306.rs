//! An OLED panel of 128x64 pixels, black and white, with an SSD1306 at the board's I2C (address 0x3C).

use crate::board::{self, I2c};
use core::convert::Infallible;
use pocketgan_core::infer::picture::Picture;
use pocketgan_display::{scene::Scene, screen::Screen};
use ssd1306::mode::{BufferedGraphicsMode, DisplayConfig};
use ssd1306::prelude::{DisplayRotation, DisplaySize128x64, I2CInterface};
use ssd1306::{I2CDisplayInterface, Ssd1306};

type Panel = Ssd1306<I2CInterface<I2c>, DisplaySize128x64, BufferedGraphicsMode<DisplaySize128x64>>;

/// The panel with digits on it. Each is sent when it is complete; a panel that has been pulled out misses it.
pub struct Display(Scene<Panel>);

/// Whether the board may have a display.
pub const EXISTS: bool = true;

/// Initialises the panel and clears it to black. None if no panel answers, and in every call but the first.
pub fn open() -> Option<Display> {
    board::init();
    let interface = I2CDisplayInterface::new(board::take_i2c()?);
    let panel = Ssd1306::new(interface, DisplaySize128x64, DisplayRotation::Rotate0);
    let mut panel = panel.into_buffered_graphics_mode();
    panel.init().ok()?;
    let mut display = Display(Scene::new(panel).ok()?);
    display.0.display().flush().ok()?;
    Some(display)
}

/// Waits for some milliseconds, in which the serial line goes on.
pub fn wait(milliseconds: u32) {
    board::wait(milliseconds);
}

impl Display {
    /// Draws a part of the scene and sends what has changed.
    fn draw(&mut self, part: impl FnOnce(&mut Scene<Panel>) -> Result<(), <Scene<Panel> as Screen>::Error>) {
        // A program goes on without its panel.
        let _ = part(&mut self.0).and_then(|()| self.0.display().flush());
    }
}

impl Screen for Display {
    type Error = Infallible;

    fn small_count(&self) -> usize {
        self.0.small_count()
    }

    fn number_count(&self) -> usize {
        self.0.number_count()
    }

    fn large(&mut self, picture: &Picture) -> Result<(), Infallible> {
        self.draw(|scene| scene.large(picture));
        Ok(())
    }

    fn small(&mut self, index: usize, picture: &Picture) -> Result<(), Infallible> {
        self.draw(|scene| scene.small(index, picture));
        Ok(())
    }

    fn number(&mut self, index: usize, picture: &Picture) -> Result<(), Infallible> {
        self.draw(|scene| scene.number(index, picture));
        Ok(())
    }
}
