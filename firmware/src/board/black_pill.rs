//! WeAct Black Pill: an STM32F411CE, a Cortex-M4F, at 96 MHz, the fastest at which its USB has 48 MHz. Its serial line is USB
//! (CDC), or USART 1 on A9, which sends, and A10, which receives, at 3.3 V; see [`crate::serial`]. A display may be connected
//! to I2C 1, on B6 (SCL) and B7 (SDA).

use crate::peripheral::{BAUD, Uart};
use crate::serial::{SerialLine, UsbSerial};
use crate::shared::Shared;
use cortex_m::singleton;
use stm32f4xx_hal::block;
use stm32f4xx_hal::i2c;
use stm32f4xx_hal::otg_fs::{USB, UsbBus};
use stm32f4xx_hal::pac::{I2C1, Peripherals, USART1};
use stm32f4xx_hal::prelude::*;
use stm32f4xx_hal::rcc::Config;
use stm32f4xx_hal::serial::{Rx, Tx};
use usb_device::bus::UsbBusAllocator;

/// The board's crystal in MHz.
const CRYSTAL: u32 = 25;
const CLOCK: u32 = 96;
/// Cycles of a millisecond.
const MILLISECOND: u32 = CLOCK * 1000;
/// The fast mode of I2C, which displays support.
const I2C_KHZ: u32 = 400;
/// Room for what USB receives, in words: a packet of 64 bytes of each of two endpoints.
const RECEIVED: usize = 2 * 64 / 4;

type Bus = UsbBus<USB>;
pub(crate) type I2c = i2c::I2c<I2C1>;

static LINE: SerialLine<Bus, Usart1> = SerialLine::new();
static I2C_1: Shared<I2c> = Shared::new();

pub(super) static UART: &SerialLine<Bus, Usart1> = &LINE;

/// Prepares the clock, the serial line and I2C 1. May be called again.
pub fn init() {
    if let Some(chip) = Peripherals::take() {
        start(chip);
    }
}

fn start(chip: Peripherals) {
    let mut rcc = chip.RCC.freeze(Config::hse(CRYSTAL.MHz()).sysclk(CLOCK.MHz()).require_pll48clk());
    let (port_a, port_b) = (chip.GPIOA.split(&mut rcc), chip.GPIOB.split(&mut rcc));

    // The pull-up keeps an open line idle.
    let receives = port_a.pa10.into_alternate().internal_pull_up(true);
    let Ok(usart) = chip.USART1.serial((port_a.pa9, receives), BAUD.bps(), &mut rcc) else {
        panic!("the USART does not reach its speed")
    };
    let (tx, rx) = usart.split();

    let scl = port_b.pb6.into_alternate_open_drain().internal_pull_up(true);
    let sda = port_b.pb7.into_alternate_open_drain().internal_pull_up(true);
    let i2c = chip.I2C1.i2c((scl, sda), I2C_KHZ.kHz(), &mut rcc);
    I2C_1.put(i2c);

    let registers = (chip.OTG_FS_GLOBAL, chip.OTG_FS_DEVICE, chip.OTG_FS_PWRCLK);
    let usb = USB::new(registers, (port_a.pa11, port_a.pa12), &rcc.clocks);
    let received = singleton!(: [u32; RECEIVED] = [0; RECEIVED]).expect("the chip is taken once");
    let bus = singleton!(: UsbBusAllocator<Bus> = UsbBus::new(usb, received)).expect("the chip is taken once");
    LINE.start(Usart1 { tx, rx }, UsbSerial::new(bus, "pocketgan on a Black Pill"));
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

/// Waits for some milliseconds, and lets USB go on.
pub(crate) fn wait(milliseconds: u32) {
    LINE.wait(milliseconds, MILLISECOND);
}

/// I2C 1, until somebody has taken it.
pub(crate) fn take_i2c() -> Option<I2c> {
    I2C_1.take()
}
