//! What the tests share: running the trainer, making up data for it, and speaking the console's protocol.

pub mod browser;
pub mod images;
pub mod model;
pub mod pictures;
pub mod program;
pub mod python;
pub mod sizes;
pub mod wire;
