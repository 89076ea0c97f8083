//! Netduino Plus 2: an STM32F405RG, a Cortex-M4F. Its serial line is on the header: D1 sends, D0 receives, at 3.3 V.
//!
//! Registers are those of ST's RM0090: RCC (chapter 7), GPIO (chapter 8), flash interface (chapter 3).

use crate::peripheral::{Block, Register, Stm32Usart};

// SAFETY: the STM32F405 has its USART6 here.
pub(super) const UART: Stm32Usart = Stm32Usart::of(unsafe { Block::at(0x4001_1400) });

// SAFETY: the STM32F405 has its GPIO port C here.
const PORT_C: Block = unsafe { Block::at(0x4002_0800) };
// SAFETY: and its RCC here.
const RCC: Block = unsafe { Block::at(0x4002_3800) };
// SAFETY: and its flash interface here.
const FLASH: Block = unsafe { Block::at(0x4002_3c00) };

const CLOCK_CONTROL: Register = RCC.register(0x00);
const PLL_CONFIG: Register = RCC.register(0x04);
const CLOCK_CONFIG: Register = RCC.register(0x08);
const AHB1_ENABLE: Register = RCC.register(0x30);
const APB2_ENABLE: Register = RCC.register(0x44);
const PORT_C_MODE: Register = PORT_C.register(0x00);
const PORT_C_PULL: Register = PORT_C.register(0x0c);
const PORT_C_ALTERNATE_LOW: Register = PORT_C.register(0x20);
const FLASH_ACCESS: Register = FLASH.register(0x00);

/// The internal oscillator, which runs after reset.
const INTERNAL_HZ: u32 = 16_000_000;
/// The bus of USART6 when the PLL runs: half of the core's 168 MHz.
const APB2_HZ: u32 = 84_000_000;

const CRYSTAL_ON: u32 = 1 << 16;
const CRYSTAL_READY: u32 = 1 << 17;
const PLL_ON: u32 = 1 << 24;
const PLL_READY: u32 = 1 << 25;
/// 25 MHz of the crystal / 25 * 336 / 2 = 168 MHz; / 7 = 48 MHz for USB.
const PLL_168_MHZ: u32 = 7 << 24 | 1 << 22 | 336 << 6 | 25;
/// The AHB undivided, APB1 a quarter, APB2 a half; the core still on the internal oscillator.
const BUS_DIVIDERS: u32 = 0b101 << 10 | 0b100 << 13;
const USE_PLL: u32 = 0b10;
const USES_PLL: u32 = 0b10 << 2;
/// Five wait states, which 168 MHz requires at 3.3 V; prefetch and both caches on.
const FLASH_AT_168_MHZ: u32 = 5 | 1 << 8 | 1 << 9 | 1 << 10;

const PORT_C_ENABLE: u32 = 1 << 2;
const USART_6_ENABLE: u32 = 1 << 5;

/// How often to read an oscillator's ready bit: 30 ms or more, several times its start-up time.
const ATTEMPTS: u32 = 50_000;

/// Prepares the clock and the serial line. May be called again.
pub fn init() {
    let clock = start_clock();
    AHB1_ENABLE.change(PORT_C_ENABLE, PORT_C_ENABLE);
    APB2_ENABLE.change(USART_6_ENABLE, USART_6_ENABLE);
    // A peripheral can be accessed two clocks after it is enabled; reading back takes that long.
    let _ = APB2_ENABLE.read();
    // PC6 sends. PC7 receives, with a pull-up that keeps an open line idle. The USART is function 8 of both.
    PORT_C_PULL.change(0b11 << 14, 0b01 << 14);
    PORT_C_ALTERNATE_LOW.change(0xff << 24, 0x88 << 24);
    PORT_C_MODE.change(0b1111 << 12, 0b1010 << 12);
    UART.start(clock);
}

/// Sets the core's clock to 168 MHz and returns the frequency of APB2 in Hz.
///
/// Where the crystal does not start (QEMU has none) the core stays at the internal oscillator's 16 MHz, which is accurate
/// enough for a serial line.
fn start_clock() -> u32 {
    if CLOCK_CONFIG.has(USES_PLL) {
        return APB2_HZ;
    }
    CLOCK_CONTROL.change(CRYSTAL_ON, CRYSTAL_ON);
    if !is_set_in_time(CRYSTAL_READY) {
        return INTERNAL_HZ;
    }
    PLL_CONFIG.write(PLL_168_MHZ);
    CLOCK_CONTROL.change(PLL_ON, PLL_ON);
    if !is_set_in_time(PLL_READY) {
        return INTERNAL_HZ;
    }
    FLASH_ACCESS.write(FLASH_AT_168_MHZ);
    CLOCK_CONFIG.write(BUS_DIVIDERS);
    CLOCK_CONFIG.change(0b11, USE_PLL);
    while !CLOCK_CONFIG.has(USES_PLL) {}
    APB2_HZ
}

/// Waits for a bit of the clock control. False if it is still 0 after [`ATTEMPTS`].
fn is_set_in_time(bit: u32) -> bool {
    (0..ATTEMPTS).any(|_| CLOCK_CONTROL.has(bit))
}
