//! A training run: its state, its options, its folder, and what is measured and saved on the way.

pub(crate) mod checkpoint;
pub(crate) mod config;
pub(crate) mod instruction_set;
pub(crate) mod interrupt;
pub(crate) mod metrics;
pub(crate) mod preview;
pub(crate) mod progress;
pub(crate) mod quality;
pub(crate) mod run_folder;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod threads;
