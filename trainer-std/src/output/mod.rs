//! What people look at: pictures, animations, curves, pages; and how files are written.

pub(crate) mod animation;
pub(crate) mod destination;
pub(crate) mod files;
pub(crate) mod frames;
pub(crate) mod gallery;
pub(crate) mod html;
pub(crate) mod morph;
pub(crate) mod number;
pub(crate) mod picture_format;
pub(crate) mod pictures;
pub(crate) mod printable;
pub(crate) mod shell;
pub(crate) mod summary;
pub(crate) mod terminal;
