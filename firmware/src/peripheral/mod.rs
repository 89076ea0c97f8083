//! Peripherals that boards are made of, each at whatever address its board has it.
//!
//! A serial line offers `write_byte` and `read_byte` and keeps no state but the hardware's. All are built for every
//! board; those that a board does not use cost it nothing.

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
