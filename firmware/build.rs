//! Chooses the board: its memory layout, the linker's arguments, and the mark that tells tools which board it is.

use std::{env, fs, path::Path};

/// One entry a board: the name of its cargo feature, and the compiler's target for its processor.
const BOARDS: &[(&str, &str)] = &[("mps2-an386", "thumbv7em-none-eabihf")];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=boards");
    match chosen_board() {
        Ok(board) => link_for(board),
        Err(reason) => println!("cargo::error={reason}"),
    }
}

/// The one board among the features, if the compiler's target is its own.
fn chosen_board() -> Result<&'static str, String> {
    let chosen: Vec<_> = BOARDS.iter().filter(|(board, _)| is_chosen(board)).collect();
    let [(board, needed)] = chosen[..] else {
        let known: Vec<_> = BOARDS.iter().map(|(board, _)| *board).collect();
        return Err(format!(
            "choose exactly one board with --no-default-features --features BOARD (of {}); {} are chosen",
            known.join(", "),
            chosen.len()
        ));
    };
    let target = env::var("TARGET").expect("cargo sets TARGET");
    // A Cortex-M3 faults on the floating-point instructions of a Cortex-M4F, so the target is part of the board.
    if target == *needed {
        Ok(board)
    } else {
        Err(format!("the board {board} needs --target {needed}, this build is for {target}"))
    }
}

/// Whether the cargo feature of this name is on.
fn is_chosen(board: &str) -> bool {
    let variable = format!("CARGO_FEATURE_{}", board.to_uppercase().replace('-', "_"));
    env::var_os(variable).is_some()
}

/// Gives the linker the board's memory layout and the scripts of cortex-m-rt and defmt.
fn link_for(board: &str) {
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    // The name under which cortex-m-rt's link.x includes it.
    let layout = Path::new(&out).join("memory.x");
    fs::copy(format!("boards/{board}.x"), layout).expect("each board has its layout in boards/");
    println!("cargo::rustc-link-search={out}");
    for script in ["link.x", "defmt.x"] {
        println!("cargo::rustc-link-arg-bins=-T{script}");
    }
    // Flash has no pages to pad sections to.
    println!("cargo::rustc-link-arg-bins=--nmagic");
    // A symbol that costs no flash; tests/src/qemu.rs reads the board from it.
    let mark = board.replace('-', "_");
    println!("cargo::rustc-link-arg-bins=--defsym=pocketgan_board_{mark}=0");
}
