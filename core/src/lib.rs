//! The mathematics of pocketgan, forward and backward: a vanilla GAN of dense layers in fixed sizes.
//!
//! No `std`, no allocation, no input or output, no threads: the same code trains on a PC and draws on a
//! microcontroller. The crate is silent about who calls it; memory, threads and files are the caller's.
//!
//! | to | see |
//! |---|---|
//! | know the recipe's sizes and constants | [`recipe`] |
//! | train one step | [`gan`] |
//! | compare a training step across machines | [`golden`] |
//! | judge pictures | [`classifier`] |
//! | draw a picture from a model file | [`model`] |
//! | read or write a model file, byte by byte | [`model::format`] |
//! | ask for a latent | [`latent`] |
//! | show a picture as text | [`picture`] |
//! | talk to a device, or be one | [`wire`] |
#![no_std]
#![deny(unsafe_code)]

pub mod activation;
pub mod average;
pub mod checksum;
pub mod classifier;
pub mod gan;
pub mod golden;
pub mod initial;
// With integer's kernels in assembly, the only modules with unsafe code: intrinsics and pointers are what their speed
// is made of.
pub mod integer;
#[allow(unsafe_code)]
pub mod kernel;
pub mod latent;
pub mod loss;
pub mod mlp;
pub mod model;
pub mod network;
pub mod optimiser;
pub mod picture;
pub mod random;
pub mod recipe;
pub mod softmax;
pub mod tasks;
pub mod update;
pub mod wire;
