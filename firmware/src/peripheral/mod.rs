//! Drivers of peripherals, at the addresses that boards give them.
//!
//! A serial line has `write_byte` and `read_byte` and no state beside the hardware's. All drivers are compiled for every
//! board; unused ones take no flash.

mod cmsdk_uart;
mod nrf_uart;
mod pl011;
mod register;
mod stm32_usart;

pub use cmsdk_uart::CmsdkUart;
pub use nrf_uart::NrfUart;
pub use pl011::Pl011;
pub use register::{Block, Register};
pub use stm32_usart::Stm32Usart;

/// The speed of every board's serial line, with 8 data bits, no parity and one stop bit.
pub const BAUD: u32 = 115_200;
