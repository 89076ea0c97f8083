//! Arm MPS2 with FPGA image AN386: a Cortex-M4F with a CMSDK APB UART (Arm DDI 0479, chapter 4.3; Arm DAI 0386).

/// The board's name, as in its cargo feature.
pub const NAME: &str = "mps2-an386";

const UART0: usize = 0x4000_4000;
const DATA: *mut u32 = UART0 as *mut u32;
const STATE: *const u32 = (UART0 + 0x04) as *const u32;
const CTRL: *mut u32 = (UART0 + 0x08) as *mut u32;
const BAUDDIV: *mut u32 = (UART0 + 0x10) as *mut u32;

const STATE_TX_FULL: u32 = 1;
const CTRL_TX_ENABLE: u32 = 1;
/// 115,200 baud from the 25 MHz peripheral clock. The smallest divider the UART accepts is 16.
const DIVIDER: u32 = 25_000_000 / 115_200;

/// Prepares the serial line. Calling it again does no harm.
pub fn init() {
    // SAFETY: both are registers of UART 0, on this board and nowhere else in use.
    unsafe {
        BAUDDIV.write_volatile(DIVIDER);
        CTRL.write_volatile(CTRL_TX_ENABLE);
    }
}

/// Sends one byte, waiting for room in the transmitter.
pub fn write_byte(byte: u8) {
    // SAFETY: both are registers of UART 0; a byte is written only while the transmitter has room.
    unsafe {
        while STATE.read_volatile() & STATE_TX_FULL != 0 {}
        DATA.write_volatile(u32::from(byte));
    }
}
