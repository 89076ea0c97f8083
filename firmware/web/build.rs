//! Linker options of the module.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        // Floats need 10 KB; the linker's own choice is 1 MB, which every page would have to get.
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=65536");
        // Names the compiler, without which other bytes could not be told from another compiler's.
        println!("cargo::rustc-link-arg-cdylib=--keep-section=producers");
    }
}
