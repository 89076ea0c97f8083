//! The training images and what belongs to them: found or fetched, prepared and checked.

mod assembly;
mod belongings;
mod classes;
mod dataset;
mod fetch;
mod file_set;
pub(crate) mod foreign;
mod formats;
mod gzip;
mod hashed;
pub(crate) mod idx;
mod known;
mod labels;
mod large_pages;
mod loading;
pub(crate) mod location;
mod names;
pub(crate) mod preparation;
mod reference;
pub(crate) mod sha256_field;
mod source;

pub(crate) use classes::Classes;
pub(crate) use dataset::Dataset;
pub(crate) use hashed::{hex, parse_hex};
pub(crate) use labels::Labels;
pub(crate) use loading::{load, load_mnist, load_quietly, load_same};
pub(crate) use reference::Reference;
pub(crate) use source::cache_folder;
