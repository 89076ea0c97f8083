//! Programs for chips: what cargo's runner does with them. There is no probe here; a script takes the place of probe-rs.

use pocketgan_emulation::firmware::{self, BOARDS, Board};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};
use tempfile::tempdir;

/// Starts a program for a board's chip as cargo does, with nothing in the path but `folder`.
fn start(board: &Board, folder: &Path, arguments: &[&str]) -> Output {
    let elf = firmware::elf_for_chip(board, "draw").unwrap();
    let mut runner = Command::new(env!("CARGO_BIN_EXE_run-firmware"));
    runner.arg(elf).args(arguments).env("PATH", folder).output().unwrap()
}

/// Puts a probe-rs into `folder` that lists `probes` and, asked for anything else, repeats the words and ends with 7.
fn install(folder: &Path, probes: &str) {
    let script = folder.join("probe-rs");
    let text = format!("#!/bin/sh\nif [ \"$1\" = list ]; then printf '{probes}'; else echo \"$@\"; exit 7; fi\n");
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
}

/// That the runner itself failed, and with which sentence.
fn assert_fails(output: &Output, sentence: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), told.lines().count()), (Some(124), 1), "{told}");
    assert!(told.starts_with(&format!("run-firmware: {sentence}")), "{told}");
}

#[test]
fn programs_for_chips_are_flashed_with_the_name_of_their_chip() {
    let folder = tempdir().unwrap();
    install(folder.path(), "The following debug probes were found:\\n[0]: BBC micro:bit CMSIS-DAP\\n");
    for board in BOARDS {
        let Some(chip) = board.chip else { continue };
        let output = start(board, folder.path(), &[]);
        assert_eq!(output.status.code(), Some(7), "{output:?}");
        let words = format!("run --chip {} {}\n", chip.name, firmware::elf_for_chip(board, "draw").unwrap().display());
        assert_eq!(String::from_utf8_lossy(&output.stdout), words);
    }
}

#[test]
fn a_missing_probe_or_program_and_arguments_are_told() {
    let board = firmware::board("microbit");
    let folder = tempdir().unwrap();
    assert_fails(&start(board, folder.path(), &[]), "probe-rs is not installed");
    install(folder.path(), "No debug probes were found.\\n");
    assert_fails(&start(board, folder.path(), &[]), "probe-rs sees no debug probe");
    let sentence = "a program on a chip has no command line: it cannot take --seed 3";
    assert_fails(&start(board, folder.path(), &["--seed", "3"]), sentence);
}

#[test]
fn a_board_that_is_emulated_only_takes_no_probe() {
    let board = firmware::board("mps2-an386");
    assert!(firmware::elf_for_chip(board, "draw").is_err());
}
