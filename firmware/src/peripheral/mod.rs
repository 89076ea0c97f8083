//! Drivers of peripherals, at the addresses that boards give them.
//!
//! A serial line has `write_byte` and `read_byte`, and no state beside the hardware's; or it is shared, if its driver comes
//! from a chip's HAL. Drivers of ours are compiled for every board; unused ones take no flash.

mod cmsdk_uart;
mod nrf_uart;
#[cfg(any(feature = "microbit-v2", feature = "nrf52840-dk"))]
mod nrf_uarte;
mod pl011;
mod register;
mod shared_uart;
mod stm32_usart;

pub use cmsdk_uart::CmsdkUart;
pub use nrf_uart::NrfUart;
#[cfg(any(feature = "microbit-v2", feature = "nrf52840-dk"))]
pub use nrf_uarte::NrfUarte;
pub use pl011::Pl011;
pub use register::{Block, Register};
pub use shared_uart::Uart;
pub use stm32_usart::Stm32Usart;

/// The speed of every board's serial line, with 8 data bits, no parity and one stop bit.
pub const BAUD: u32 = 115_200;
