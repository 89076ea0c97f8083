//! The board: its name, and one serial line to write to.
//!
//! Each board is one file here with `NAME`, `init` and `write_byte`. The feature chooses; that exactly one is chosen is
//! checked by build.rs, where the error can be a sentence.

#[cfg(feature = "mps2-an386")]
mod mps2_an386;
#[cfg(feature = "mps2-an386")]
pub use mps2_an386::*;
