//! The training images and what belongs to them: found or fetched, and checked.

mod dataset;
mod fetch;
mod file_set;
pub(crate) mod foreign;
mod gzip;
mod hashed;
pub(crate) mod idx;
mod known;
mod labels;
mod large_pages;
mod reference;
pub(crate) mod sha256_field;
mod source;

pub(crate) use dataset::{Dataset, load, load_mnist, load_same};
pub(crate) use hashed::{hex, parse_hex};
pub(crate) use reference::{Labels, Reference};
pub(crate) use source::cache_folder;
