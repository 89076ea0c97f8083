//! The memory layout of the Pico, and the linker's arguments.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=memory.x");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::copy("memory.x", Path::new(&out).join("memory.x")).expect("memory.x can be copied");
    println!("cargo::rustc-link-search={out}");
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=-Tlink-rp.x");
    // Flash has no pages to pad sections to.
    println!("cargo::rustc-link-arg-bins=--nmagic");
}
