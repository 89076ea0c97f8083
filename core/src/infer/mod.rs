//! Inference: all that a device needs to draw a picture from a model file.
//!
//! | to | see |
//! |---|---|
//! | draw a picture from a model file | [`model`] |
//! | read or write a model file, byte by byte | [`model::format`] |
//! | turn a seed into a latent | [`latent`] |
//! | animate from one picture to another | [`morph`] |
//! | show a picture as text | [`picture`] |

pub mod checksum;
// With the kernels of `nn`, the only modules with unsafe code: its speed is made of intrinsics, assembly and pointers.
pub mod integer;
pub mod latent;
pub mod model;
pub mod morph;
pub mod picture;
