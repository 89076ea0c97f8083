//! A training run: its options, its state, its folder, and what is measured and saved on the way.

pub(crate) mod checkpoint;
pub(crate) mod checkpoint_folder;
pub(crate) mod config;
pub(crate) mod instruction_set;
pub(crate) mod interrupt;
mod known_keys;
pub(crate) mod metrics;
mod networks;
pub(crate) mod options;
pub(crate) mod preview;
pub(crate) mod progress;
pub(crate) mod quality;
pub(crate) mod recipe;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod run_folder;
pub(crate) mod schedule;
pub(crate) mod session;
pub(crate) mod state;
mod stored_path;
mod sums;
mod table;
pub(crate) mod threads;
