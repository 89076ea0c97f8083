//! The generator as a WebAssembly module: what the page of `pocketgan export --format html` calls.
//!
//! An instance of the module has one model, and the page makes a new instance for another one. So nothing is ever freed,
//! a refused model leaves the old one as it was, and the module needs no allocator. It imports nothing: it reads and
//! writes its own memory only.
//!
//! | the page | the module |
//! |---|---|
//! | grows `memory` and copies a file there | |
//! | `open` | validates the file |
//! | `text`, `metadata` | what is said of the model, or why it was refused |
//! | `classes`, `name`, `variants`, `seed` | the table of seeds |
//! | `draw`, `draw_between`, `draw_on_plane` | a picture |
//!
//! On other targets than WebAssembly the crate is empty.
#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
pub mod exports;
#[cfg(target_arch = "wasm32")]
mod instance;
