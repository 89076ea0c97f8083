//! The host's side of the serial protocol: one file a task of `pocketgan device`, with its arguments.

pub(crate) mod bench;
mod client;
pub(crate) mod draw;
pub(crate) mod info;
mod line_diagnostics;
pub(crate) mod load;
mod port;
pub(crate) mod show;
pub(crate) mod verify;
