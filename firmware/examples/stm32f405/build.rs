//! The memory layout of the STM32F405, and the linker's arguments.

use std::{env, fs, path::Path};

fn main() {
    let layout = "../../boards/netduinoplus2.x";
    println!("cargo::rerun-if-changed={layout}");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    // The name under which cortex-m-rt's link.x includes it.
    fs::copy(layout, Path::new(&out).join("memory.x")).expect("the layout is where it was");
    println!("cargo::rustc-link-search={out}");
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    // Flash has no pages to pad sections to.
    println!("cargo::rustc-link-arg-bins=--nmagic");
}
