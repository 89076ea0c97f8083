//! What every pocketgan program for a Cortex-M shares: the board, the serial line, the log, how a program fails and
//! ends, and the model in its flash. The programs in `src/bin` are a few lines each.
//!
//! The mathematics is `pocketgan_core`'s.
#![no_std]

// The logger: defmt frames in memory where a debug probe fetches them, or on QEMU's semihosting console.
#[cfg(feature = "probe")]
use defmt_rtt as _;
#[cfg(not(feature = "probe"))]
use defmt_semihosting as _;
// Its critical section, which the logger needs, is linked only if the crate is named.
use cortex_m as _;

pub mod arguments;
pub mod board;
pub mod command_line;
pub mod console;
pub mod counter;
pub mod display;
pub mod exit;
mod failure;
pub mod idx;
pub mod model;
pub mod peripheral;
pub mod report;
pub mod show;
pub mod spare;
pub mod stack;
pub mod uart;
mod vectors;
