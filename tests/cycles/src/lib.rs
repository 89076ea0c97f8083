//! Estimates the cycles that a program takes on a Cortex-M, from the instructions that QEMU executes.
//!
//! QEMU knows no cycles. [`plugin`] is loaded by QEMU and sees every executed instruction; [`decode`] says what kind of
//! instruction it is, [`timing`] how many cycles that takes on a core, by Arm's published tables where there are any, and
//! [`flash`] what reading slow flash adds. Counted is what is executed between two marks, functions that the program calls;
//! see [`counter`].
//!
//! # What the estimate leaves out
//!
//! * The values of operands: multiplications and divisions with a varying duration take the stated value of their range.
//! * Conditions: in an IT block, an instruction that is not executed counts as if it were.
//! * Alignment of wide instructions and of branch targets, interrupts, DMA, and contention on buses.

pub mod counter;
pub mod decode;
pub mod flash;
pub mod instruction;
pub mod options;
// QEMU finds it by the means of ELF.
#[cfg(target_os = "linux")]
pub mod plugin;
pub mod timing;
