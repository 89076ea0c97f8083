//! WeAct Black Pill: an STM32F411CE, a Cortex-M4F, at 96 MHz, the fastest at which its USB has 48 MHz. Its serial line is
//! on A9, which sends, and A10, which receives, at 3.3 V.

use crate::peripheral::{BAUD, SharedUart, Uart};
use stm32f4xx_hal::block;
use stm32f4xx_hal::pac::{Peripherals, USART1};
use stm32f4xx_hal::prelude::*;
use stm32f4xx_hal::rcc::Config;
use stm32f4xx_hal::serial::{Rx, Tx};

/// The board's crystal in MHz.
const CRYSTAL: u32 = 25;
const CLOCK: u32 = 96;

static LINE: SharedUart<Usart1> = SharedUart::new();

pub(super) static UART: &SharedUart<Usart1> = &LINE;

/// Prepares the clock and the serial line. May be called again.
pub fn init() {
    if let Some(chip) = Peripherals::take() {
        start(chip);
    }
}

fn start(chip: Peripherals) {
    let mut rcc = chip.RCC.freeze(Config::hse(CRYSTAL.MHz()).sysclk(CLOCK.MHz()).require_pll48clk());
    let port_a = chip.GPIOA.split(&mut rcc);
    // The pull-up keeps an open line idle.
    let receives = port_a.pa10.into_alternate().internal_pull_up(true);
    let Ok(usart) = chip.USART1.serial((port_a.pa9, receives), BAUD.bps(), &mut rcc) else {
        panic!("the USART does not reach its speed")
    };
    let (tx, rx) = usart.split();
    LINE.start(Usart1 { tx, rx });
}

/// USART 1.
pub(super) struct Usart1 {
    tx: Tx<USART1>,
    rx: Rx<USART1>,
}

impl Uart for Usart1 {
    fn write_byte(&mut self, byte: u8) {
        // It never fails.
        let _ = block!(self.tx.write(byte));
    }

    fn read_byte(&mut self) -> Option<u8> {
        // A byte that was damaged on the wire or came too early is lost, like one that never came.
        self.rx.read().ok()
    }
}
