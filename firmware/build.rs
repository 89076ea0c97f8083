//! Chooses the board and its model, and gives the linker the board's memory layout and the symbols that tools read.

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
            link(board);
            compile(board, &model);
        }
        Err(reason) => println!("cargo::error={reason}"),
    }
}

/// The one board among the features, if the build is for its target.
fn chosen_board() -> Result<&'static Board, String> {
    let chosen: Vec<_> = BOARDS.iter().filter(|board| has_feature(board.name)).collect();
    let [board] = chosen[..] else {
        let known: Vec<_> = BOARDS.iter().map(|board| board.name).collect();
        return Err(format!(
            "choose exactly one board with --no-default-features --features BOARD (of {}); {} are chosen",
            known.join(", "),
            chosen.len()
        ));
    };
    if has_feature("probe") && board.chip.is_none() {
        return Err(format!("the board {} exists only in QEMU: it cannot have the feature probe", board.name));
    }
    let target = variable("TARGET");
    // The wrong target compiles, and then faults: a Cortex-M3 has none of a Cortex-M4F's floating-point instructions.
    if target == board.target || target == V6M {
        Ok(board)
    } else {
        Err(format!("the board {} needs --target {}, this build is for {target}", board.name, board.target))
    }
}

/// The model of the environment variable, or the board's first.
fn chosen_model(board: &Board) -> Result<String, String> {
    let Ok(model) = env::var(MODEL_VARIABLE) else { return Ok(board.models[0].to_owned()) };
    if board.models.contains(&model.as_str()) {
        Ok(model)
    } else {
        let fitting = board.models.join(", ");
        Err(format!("{MODEL_VARIABLE} names {model:?}; the board {} has room for {fitting}", board.name))
    }
}

fn has_feature(name: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{}", name.to_uppercase().replace('-', "_"))).is_some()
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// What the source reads: the board's name and driver, and the path of the model, relative to src/model.rs.
fn compile(board: &Board, model: &str) {
    println!("cargo::rustc-env=POCKETGAN_BOARD={}", board.name);
    println!("cargo::rustc-env=POCKETGAN_MODEL_FILE=../models/{model}.pgan");
    let driver = Path::new(&variable("CARGO_MANIFEST_DIR")).join("src/board").join(board.driver).with_extension("rs");
    write("driver.rs", &format!("#[path = {driver:?}]\nmod driver;\n"));
}

/// Gives the linker the board's memory layout and the scripts of cortex-m-rt and defmt.
fn link(board: &Board) {
    write("memory.x", &board.linker_script());
    // Where cortex-m-rt expects the names of the chip's interrupt handlers; see src/vectors.rs.
    write("device.x", "");
    println!("cargo::rustc-link-search={}", variable("OUT_DIR"));
    for script in ["link.x", "defmt.x"] {
        println!("cargo::rustc-link-arg-bins=-T{script}");
    }
    // Flash has no pages to pad sections to.
    println!("cargo::rustc-link-arg-bins=--nmagic");
    define_symbols(board);
}

/// Symbols that take no flash, for tests/emulation/src/program.rs: the board, the chip to flash, and which programs
/// count instructions.
fn define_symbols(board: &Board) {
    println!("cargo::rustc-link-arg-bins=--defsym=pocketgan_board_{}=0", board.symbol());
    if let Some(chip) = board.chip.filter(|_| has_feature("probe")) {
        println!("cargo::rustc-link-arg-bins=--defsym=pocketgan_chip_{chip}=0");
    }
    for program in ["bench", "console"] {
        println!("cargo::rustc-link-arg-bin={program}=--defsym=pocketgan_counts_instructions=0");
    }
}

/// Writes a file into cargo's folder for the results of build scripts.
fn write(name: &str, text: &str) {
    let path = Path::new(&variable("OUT_DIR")).join(name);
    fs::write(&path, text).unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
}
