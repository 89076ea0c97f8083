//! Inference: everything that a device needs to draw pictures from a model file.
//!
//! | to | see |
//! |---|---|
//! | draw a picture from a model file | [`model`] |
//! | read or write the bytes of a model file | [`model::format`] |
//! | turn a seed into a latent | [`latent`] |
//! | animate from one picture to another | [`morph`] |
//! | print a picture as text | [`picture`] |

pub mod checksum;
// Contains unsafe code: assembly kernels.
pub mod integer;
pub mod latent;
pub mod model;
pub mod morph;
pub mod picture;
