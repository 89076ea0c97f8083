//! The firmware as the files that boards are flashed with, without a debug probe: UF2 for the Picos, Intel HEX for the
//! micro:bits, plain bytes for the STM32s.

pub mod folder;
pub mod intel_hex;
pub mod options;
pub mod programs;
pub mod uf2;
