//! The commands of `pocketgan`, a file each.

pub(crate) mod digit_table;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod inspect;
pub(crate) mod sample;
pub(crate) mod train;
