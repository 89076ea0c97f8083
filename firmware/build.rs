//! Chooses the board and its model, and gives the linker the board's memory layout and the symbols that tools read.

#[path = "boards/table.rs"]
mod table;

use std::{
    env, fs,
    path::{Path, PathBuf},
};
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

/// The file of the model that the environment variable names, or of the board's first.
fn chosen_model(board: &Board) -> Result<PathBuf, String> {
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let committed = |name: &str| folder.join("models").join(name).with_extension("pgan");
    let Ok(model) = env::var(MODEL_VARIABLE) else { return Ok(committed(board.models[0])) };
    if board.models.contains(&model.as_str()) {
        return Ok(committed(&model));
    }
    // A file of one's own; the linker says whether it has room.
    let file = folder.join(&model);
    if file.extension().is_some_and(|ending| ending == "pgan") && file.is_file() {
        return Ok(file);
    }
    let fitting = board.models.join(", ");
    Err(format!(
        "{MODEL_VARIABLE} names {model:?}; the board {} has room for {fitting}, or for the file X.pgan of such a model",
        board.name
    ))
}

fn has_feature(name: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{}", name.to_uppercase().replace('-', "_"))).is_some()
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// What the source reads: the board's name, driver and display, and the path of the model.
fn compile(board: &Board, model: &Path) {
    println!("cargo::rustc-env=POCKETGAN_BOARD={}", board.name);
    println!("cargo::rustc-env=POCKETGAN_MODEL_FILE={}", model.display());
    println!("cargo::rustc-check-cfg=cfg(model_in_ram)");
    if fs::metadata(model).is_ok_and(|file| board.copies_model(file.len())) {
        println!("cargo::rustc-cfg=model_in_ram");
    }
    for (module, file) in
        [("driver", format!("board/{}", board.driver)), ("chosen", format!("display/{}", board.display))]
    {
        let file = Path::new(&variable("CARGO_MANIFEST_DIR")).join("src").join(file).with_extension("rs");
        write(&format!("{module}.rs"), &format!("#[path = {file:?}]\nmod {module};\n"));
    }
}

/// Gives the linker the board's memory layout and the scripts of cortex-m-rt and defmt.
fn link(board: &Board) {
    write("memory.x", &board.linker_script());
    // Where cortex-m-rt expects the names of the chip's interrupt handlers; see src/vectors.rs.
    if !has_feature("chip-vectors") {
        write("device.x", "");
    }
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
        println!("cargo::rustc-link-arg-bins=--defsym=pocketgan_chip_{}=0", chip.name);
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
