//! The mathematics of pocketgan, forward and backward: a vanilla GAN of dense layers in fixed sizes.
//!
//! No `std`, no allocation, no input or output, no threads: the same code trains on a PC and draws on a
//! microcontroller. The caller owns memory, threads and files.
//!
//! | room | what is in it |
//! |---|---|
//! | [`infer`] | model files, integer kernels, latents, pictures: all that a device needs |
//! | [`nn`] | kernels, dense layers, activations, losses, the multilayer perceptron |
//! | [`train`] | batches, weight updates, optimisers; the GAN's training step and the classifier's |
//! | [`recipe`] | the sizes of the tutorial's two networks and the constants of their training |
//! | [`random`] | addressed random numbers, the same on every machine |
//!
//! # In firmware
//!
//! A device needs [`include_model!`], [`infer::model::IntegerGenerator`] and [`infer::latent::Latent`]. The repository has
//! projects to copy: `firmware/examples/pico-embassy` (Embassy on a Raspberry Pi Pico, with USB and an SSD1306, of which
//! twenty-five lines concern digits), `firmware/examples/stm32f405` (a blocking HAL) and `firmware/examples/riscv32` (a
//! core that is no Cortex-M). For firmware in C it has a library, `firmware/c`.
#![no_std]
#![deny(unsafe_code)]

// The macro `network` names this crate as its users do.
extern crate self as pocketgan_core;

/// The types of this crate are plain bytes by its traits.
pub use bytemuck;

pub mod infer;
pub mod nn;
pub mod random;
pub mod recipe;
#[cfg(feature = "train")]
pub mod train;
