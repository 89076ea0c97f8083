//! The board: its name, and one serial line.
//!
//! Each board is one file here with `NAME`, `init` and its `UART`. The feature chooses; that exactly one is chosen is
//! checked by build.rs, where the error can be a sentence.

macro_rules! boards {
    ($($feature:literal: $file:ident,)*) => {$(
        #[cfg(feature = $feature)]
        mod $file;
        #[cfg(feature = $feature)]
        use $file as chosen;
    )*};
}

boards! {
    "lm3s6965evb": lm3s6965evb,
    "microbit": microbit,
    "mps2-an385": mps2_an385,
    "mps2-an386": mps2_an386,
    "mps2-an500": mps2_an500,
    "mps2-an505": mps2_an505,
    "mps3-an547": mps3_an547,
    "netduinoplus2": netduinoplus2,
    "nrf52840-dk": nrf52840_dk,
    "pico2": pico2,
}

pub use chosen::{NAME, init};

/// Sends one byte over the serial line, waiting for room in the transmitter.
pub fn write_byte(byte: u8) {
    chosen::UART.write_byte(byte);
}

/// The next byte that came in on the serial line, if there is one; it does not wait.
pub fn read_byte() -> Option<u8> {
    chosen::UART.read_byte()
}
