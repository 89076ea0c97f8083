//! Chooses the kernels for integer weights by the target's instructions.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!(r#"cargo::rustc-check-cfg=cfg(integer_kernel, values("dsp", "v7m", "v6m"))"#);
    let target = env::var("TARGET").expect("cargo sets TARGET");
    if let Some(kernel) = integer_kernel(&target) {
        println!(r#"cargo::rustc-cfg=integer_kernel="{kernel}""#);
    }
}

/// The family of kernels for a Cortex-M; none elsewhere, where the portable ones are used.
///
/// Stable Rust does not tell the crate of the DSP extension. Every Cortex-M4 and M7 has it, and so have the M33s and M55s
/// that this project knows; on one without, the first picture would end in a fault.
fn integer_kernel(target: &str) -> Option<&'static str> {
    match target.split('-').next()? {
        "thumbv7em" | "thumbv8m.main" => Some("dsp"),
        "thumbv7m" => Some("v7m"),
        "thumbv6m" | "thumbv8m.base" => Some("v6m"),
        _ => None,
    }
}
