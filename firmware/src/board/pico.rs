//! Raspberry Pi Pico: an RP2040, of which one Cortex-M0+ runs, at 125 MHz; and Pico 2: an RP2350, of which one Cortex-M33
//! runs, at 150 MHz. Both have the same pins. The serial line is USB (CDC), or UART 0 on pins 1 (GPIO 0, sends) and 2 (GPIO 1,
//! receives), at 3.3 V; see [`crate::serial`]. A display may be connected to I2C 0, on pins 6 (GPIO 4, SDA) and 7 (GPIO 5,
//! SCL).

use crate::peripheral::{BAUD, Uart};
use crate::serial::{SerialLine, UsbSerial};
use crate::shared::Shared;
use cortex_m::singleton;
#[cfg(feature = "pico")]
use rp2040_hal as hal;
#[cfg(feature = "pico2")]
use rp235x_hal as hal;

use hal::clocks::{Clock, init_clocks_and_plls};
use hal::fugit::RateExtU32;
use hal::gpio::bank0::{Gpio0, Gpio1, Gpio4, Gpio5};
use hal::gpio::{FunctionI2c, FunctionUart, Pin, Pins, PullNone, PullUp};
use hal::i2c::I2C;
use hal::uart::{DataBits, Enabled, StopBits, UartConfig, UartPeripheral};
use hal::usb::UsbBus;
use hal::{Sio, Watchdog, pac};
use usb_device::bus::UsbBusAllocator;

/// Configures the flash on the Pico, a W25Q16, for the boot ROM. The Pico 2's boot ROM does so itself.
#[cfg(feature = "pico")]
#[used]
#[unsafe(link_section = ".boot2")]
static BOOT2: [u8; 256] = rp2040_boot2::BOOT_LOADER_W25Q080;

/// The board's crystal in Hz.
const CRYSTAL: u32 = 12_000_000;
/// What `init_clocks_and_plls` sets, in kHz.
const CLOCK: u32 = if cfg!(feature = "pico") { 125_000 } else { 150_000 };
/// What `delay` takes for a millisecond: its loop for two cycles takes three.
const MILLISECOND: u32 = CLOCK * 2 / 3;
/// The fast mode of I2C, which displays support.
const I2C_KHZ: u32 = 400;

type Uart0 = UartPeripheral<
    Enabled,
    pac::UART0,
    (Pin<Gpio0, FunctionUart, PullNone>, Pin<Gpio1, FunctionUart, PullUp>),
>;
/// I2C 0 on its pins, which have the chip's pull-ups.
pub(crate) type I2c = I2C<pac::I2C0, (Pin<Gpio4, FunctionI2c, PullUp>, Pin<Gpio5, FunctionI2c, PullUp>)>;

static LINE: SerialLine<UsbBus, Uart0> = SerialLine::new();
static I2C_0: Shared<I2c> = Shared::new();

pub(super) static UART: &SerialLine<UsbBus, Uart0> = &LINE;

/// Prepares the clock, the serial line and I2C 0. May be called again.
pub fn init() {
    if let Some(chip) = pac::Peripherals::take() {
        start(chip);
    }
}

fn start(chip: pac::Peripherals) {
    let mut resets = chip.RESETS;
    let mut watchdog = Watchdog::new(chip.WATCHDOG);
    let clocks = init_clocks_and_plls(
        CRYSTAL,
        chip.XOSC,
        chip.CLOCKS,
        chip.PLL_SYS,
        chip.PLL_USB,
        &mut resets,
        &mut watchdog,
    );
    let Ok(clocks) = clocks else { panic!("the clocks do not start") };
    let pins = Pins::new(chip.IO_BANK0, chip.PADS_BANK0, Sio::new(chip.SIO).gpio_bank0, &mut resets);

    let uart_pins = (pins.gpio0.reconfigure(), pins.gpio1.reconfigure());
    let config = UartConfig::new(BAUD.Hz(), DataBits::Eight, None, StopBits::One);
    let uart = UartPeripheral::new(chip.UART0, uart_pins, &mut resets);
    let uart = uart.enable(config, clocks.peripheral_clock.freq());
    let Ok(uart) = uart else { panic!("the UART does not reach its speed") };

    let (sda, scl) = (pins.gpio4.reconfigure(), pins.gpio5.reconfigure());
    let i2c = I2C::i2c0(chip.I2C0, sda, scl, I2C_KHZ.kHz(), &mut resets, &clocks.system_clock);
    I2C_0.put(i2c);

    #[cfg(feature = "pico")]
    let (registers, memory) = (chip.USBCTRL_REGS, chip.USBCTRL_DPRAM);
    #[cfg(feature = "pico2")]
    let (registers, memory) = (chip.USB, chip.USB_DPRAM);
    let bus = UsbBus::new(registers, memory, clocks.usb_clock, true, &mut resets);
    let bus = singleton!(: UsbBusAllocator<UsbBus> = UsbBusAllocator::new(bus)).expect("the chip is taken once");
    LINE.start(uart, UsbSerial::new(bus, "pocketgan on a Pico"));
}

impl Uart for Uart0 {
    fn write_byte(&mut self, byte: u8) {
        self.write_full_blocking(&[byte]);
    }

    fn read_byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        // A byte that was damaged on the wire is lost, like one that never came.
        matches!(self.read_raw(&mut byte), Ok(1)).then_some(byte[0])
    }
}

/// Waits for some milliseconds, and lets USB go on.
pub(crate) fn wait(milliseconds: u32) {
    LINE.wait(milliseconds, MILLISECOND);
}

/// I2C 0, until somebody has taken it.
pub(crate) fn take_i2c() -> Option<I2c> {
    I2C_0.take()
}
