//! pocketgan for firmware in C. `pocketgan.h`, made from this source, is its documentation for users.
//!
//! | file | what is in it |
//! |---|---|
//! | `model.rs` | the handle: a model that was opened in place |
//! | `drawing.rs` | pictures of seeds, latents and morphs |
//! | `classes.rs` | the table of seeds by digit or by name |
//! | `status.rs` | what can go wrong |
//! | `pointers.rs` | C's pointers as Rust's references, after all checks that are possible |
//!
//! Every function checks its arguments and reports what is wrong with them. None needs a heap or libc, and none can panic.
#![cfg_attr(target_os = "none", no_std)]
// The documentation is for C. What it demands of pointers is the same everywhere, and at the head of the header.
#![allow(clippy::missing_safety_doc)]

// In the order of the header; the blank lines keep it.
pub mod status;

pub mod model;

pub mod drawing;

pub mod classes;

mod pointers;
#[cfg(test)]
mod tests;

use core::ffi::{CStr, c_char};

/// The version of this library, such as "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn pocketgan_version() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("a version has no NUL"),
    };
    VERSION.as_ptr()
}

/// A library needs a panic handler. Linkers drop this one, since nothing calls it: a test looks for
/// `pocketgan_panicked` in a linked program.
#[cfg(target_os = "none")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    pocketgan_panicked()
}

// A function of its own, with a name to look for.
#[cfg(target_os = "none")]
#[inline(never)]
#[unsafe(no_mangle)]
extern "C" fn pocketgan_panicked() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
