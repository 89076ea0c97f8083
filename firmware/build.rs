//! Chooses the board: its memory layout, the linker's arguments, and the mark that tells tools which board it is.

#[path = "boards/table.rs"]
mod table;

use std::{env, fs, path::Path};
use table::{BOARDS, Board, MODEL_VARIABLE, V6M};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=boards");
    println!("cargo::rerun-if-env-changed={MODEL_VARIABLE}");
    match chosen_board().and_then(|board| Ok((board, chosen_model(board)?))) {
        Ok((board, model)) => {
            link_for(board);
            // For src/model.rs, in whose folder the path is read.
            println!("cargo::rustc-env=POCKETGAN_MODEL_FILE=../models/{model}.pgan");
        }
        Err(reason) => println!("cargo::error={reason}"),
    }
}

/// The one board among the features, if the compiler's target is its own.
fn chosen_board() -> Result<&'static Board, String> {
    let chosen: Vec<_> = BOARDS.iter().filter(|board| is_chosen(board.name)).collect();
    let [board] = chosen[..] else {
        let known: Vec<_> = BOARDS.iter().map(|board| board.name).collect();
        return Err(format!(
            "choose exactly one board with --no-default-features --features BOARD (of {}); {} are chosen",
            known.join(", "),
            chosen.len()
        ));
    };
    if is_chosen("probe") && board.chip.is_none() {
        return Err(format!("the board {} is emulated only: it takes no --features probe", board.name));
    }
    let target = env::var("TARGET").expect("cargo sets TARGET");
    // A Cortex-M3 faults on the floating-point instructions of a Cortex-M4F, so the target is part of the board.
    if target == board.target || target == V6M {
        Ok(board)
    } else {
        Err(format!("the board {} needs --target {}, this build is for {target}", board.name, board.target))
    }
}

/// The model asked for, or the board's first.
fn chosen_model(board: &Board) -> Result<String, String> {
    let Ok(asked) = env::var(MODEL_VARIABLE) else { return Ok(board.models[0].to_owned()) };
    if board.models.contains(&asked.as_str()) {
        Ok(asked)
    } else {
        Err(format!(
            "{MODEL_VARIABLE} names {asked:?}; the board {} has room for {}",
            board.name,
            board.models.join(", ")
        ))
    }
}

/// Whether the cargo feature of this name is on.
fn is_chosen(board: &str) -> bool {
    let variable = format!("CARGO_FEATURE_{}", board.to_uppercase().replace('-', "_"));
    env::var_os(variable).is_some()
}

/// Gives the linker the board's memory layout and the scripts of cortex-m-rt and defmt.
fn link_for(board: &Board) {
    let name = board.name;
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    // The name under which cortex-m-rt's link.x includes it.
    let layout = Path::new(&out).join("memory.x");
    fs::copy(format!("boards/{name}.x"), layout).expect("each board has its layout in boards/");
    // And that of the chip's interrupt handlers: src/vectors.rs has what there is to say.
    fs::write(Path::new(&out).join("device.x"), "").expect("cargo's folder for results can be written");
    println!("cargo::rustc-link-search={out}");
    for script in ["link.x", "defmt.x"] {
        println!("cargo::rustc-link-arg-bins=-T{script}");
    }
    // Flash has no pages to pad sections to.
    println!("cargo::rustc-link-arg-bins=--nmagic");
    // A symbol that costs no flash; tests/src/qemu.rs reads the board from it.
    let mark = name.replace('-', "_");
    println!("cargo::rustc-link-arg-bins=--defsym=pocketgan_board_{mark}=0");
    // And the one that sends a program to a chip; tests/src/probe.rs reads it.
    if let Some(chip) = board.chip.filter(|_| is_chosen("probe")) {
        println!("cargo::rustc-link-arg-bins=--defsym=pocketgan_chip_{chip}=0");
    }
    // tests/src/qemu.rs then gives each instruction its time.
    for program in ["bench", "console"] {
        println!("cargo::rustc-link-arg-bin={program}=--defsym=pocketgan_counts_instructions=0");
    }
}
