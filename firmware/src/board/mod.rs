//! The board: its name, and one serial line.

// The board's driver, one of the files here, which has `init` and `UART`: `mod driver;` with its path, by build.rs.
include!(concat!(env!("OUT_DIR"), "/driver.rs"));

pub use driver::init;
#[cfg(feature = "microbit-v2")]
pub(crate) use driver::take_leds;
// What the display of such a board is connected to, and a wait in which the serial line goes on.
#[cfg(feature = "i2c-display")]
pub(crate) use driver::{I2c, take_i2c, wait};

/// The board's name, as in boards/table.rs.
pub const NAME: &str = env!("POCKETGAN_BOARD");

/// Sends one byte over the serial line. Waits while the transmitter is full.
pub fn write_byte(byte: u8) {
    driver::UART.write_byte(byte);
}

/// The next byte received over the serial line, if there is one; does not wait.
pub fn read_byte() -> Option<u8> {
    driver::UART.read_byte()
}

/// The next byte received over the serial line. Waits for it.
pub fn next_byte() -> u8 {
    loop {
        if let Some(byte) = read_byte() {
            return byte;
        }
    }
}
