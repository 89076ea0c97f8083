//! Building pocketgan's firmware and running it: in an emulator, or on a chip through a debug probe.

pub mod child;
pub mod cycles;
pub mod estimate;
pub mod files;
pub mod firmware;
pub mod gpio_trace;
pub mod image;
mod line;
pub mod live;
mod log;
mod monitor;
pub mod panel;
pub mod pico;
pub mod probe;
mod program;
pub mod qemu;
pub mod serial;
mod socket;
