//! What pocketgan's programs for a Cortex-M share: the board, the serial line, the log, failures, exit statuses, and the
//! model in flash. The programs are in `src/bin`; the mathematics is in `pocketgan_core`.
#![no_std]

// The logger sends defmt frames over RTT to a debug probe, or to QEMU's semihosting console.
#[cfg(feature = "probe")]
use defmt_rtt as _;
#[cfg(not(feature = "probe"))]
use defmt_semihosting as _;
// Links the critical section that the logger needs.
use cortex_m as _;

pub mod arguments;
pub mod board;
pub mod command_line;
pub mod console;
pub mod display;
pub mod exit;
mod failure;
pub mod idx;
pub mod instruction_counter;
pub mod marks;
pub mod model;
pub mod peripheral;
pub mod report;
#[cfg(feature = "usb")]
pub mod serial;
pub mod shared;
pub mod show;
pub mod spare;
pub mod stack;
pub mod uart;
#[cfg(not(feature = "chip-vectors"))]
mod vectors;
