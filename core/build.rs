//! Chooses the kernels for integer weights by the target's instructions.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!(r#"cargo::rustc-check-cfg=cfg(integer_kernel, values("mve", "dsp", "v7m", "v6m", "scalar", "portable"))"#);
    let target = env::var("TARGET").expect("cargo sets TARGET");
    let mve = env::var_os("CARGO_FEATURE_MVE").is_some();
    println!(r#"cargo::rustc-cfg=integer_kernel="{}""#, integer_kernel(&target, mve));
}

/// The family of kernels for a Cortex-M or a 32-bit RISC-V, and elsewhere the portable ones.
///
/// Stable Rust does not tell the crate of the DSP extension. Every Cortex-M4 and M7 has it, and so have the M33s and M55s
/// that this project knows; on one without, the first picture would end in a fault. Nor does it tell of MVE: that is what
/// the feature `mve` is for. MVE's registers are those of the FPU, which cortex-m-rt enables for targets that end in hf.
fn integer_kernel(target: &str, mve: bool) -> &'static str {
    match target.split('-').next().unwrap_or_default() {
        "thumbv8m.main" if mve && target.ends_with("hf") => "mve",
        "thumbv7em" | "thumbv8m.main" => "dsp",
        "thumbv7m" => "v7m",
        "thumbv6m" | "thumbv8m.base" => "v6m",
        riscv if riscv.starts_with("riscv32") => "scalar",
        _ => "portable",
    }
}
