//! What the tests share: building and running the programs, and making up data for them.

pub mod firmware;
pub mod gpio_trace;
pub mod images;
pub mod live;
pub mod log;
pub mod monitor;
pub mod panel;
pub mod probe;
pub mod program;
pub mod python;
pub mod qemu;
pub mod serial;
pub mod sizes;
pub mod wire;
