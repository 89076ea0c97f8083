//! The command, as a user runs it.

use crate::{
    elf_reader,
    formats::hex_contents,
    uf2_reader::{self, Contents},
};
use pocketgan_emulation::firmware::{self, Board, Format};
use sha2::{Digest, Sha256};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};
use tempfile::tempdir;

/// A board of each format, and both Picos.
const BOARDS: [&str; 4] = ["microbit", "netduinoplus2", "pico", "pico2"];

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flash-images"));
    command.current_dir(folder).args(arguments);
    command
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

/// Makes files in `folder`.
pub(crate) fn make(folder: &Path, arguments: &[&str]) {
    let output = run(&mut command(folder, arguments));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// That the command fails with a message that has this in it, and writes nothing.
fn assert_fails(output: &Output, folder: &Path, sentence: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains(sentence), "{told}");
    assert!(!folder.join("flash-images").exists(), "{told}");
}

/// The bytes of a file in the board's format, from the flash's first address on; blocks are filled up.
fn contents(board: &Board, file: &[u8]) -> Vec<u8> {
    let origin = board.whole_flash().start;
    match board.chip.unwrap().format {
        Format::Bin => file.to_vec(),
        Format::Hex => {
            let contents = hex_contents(std::str::from_utf8(file).unwrap());
            let (addresses, bytes): (Vec<u32>, Vec<u8>) = contents.into_iter().unzip();
            assert!(addresses.into_iter().eq(origin..origin + bytes.len() as u32));
            bytes
        }
        Format::Uf2 { family } => {
            let Contents { address, bytes } = uf2_reader::read(file, family).unwrap();
            assert_eq!(address, origin);
            bytes
        }
    }
}

/// That a file holds the segments of the program that was built, and nothing else.
fn assert_holds_program(board: &Board, file: &[u8]) {
    let (mut contents, elf) =
        (contents(board, file), fs::read(firmware::elf_for_chip(board, "draw").unwrap()).unwrap());
    let segments = elf_reader::segments(&elf);
    assert!(!segments.is_empty());
    for (address, bytes) in segments {
        let place = &mut contents[(address - board.whole_flash().start) as usize..][..bytes.len()];
        assert!(*place == *bytes, "{}: the segment at {address:#x}", board.name);
        place.fill(0xff);
    }
    assert!(contents.iter().all(|byte| [0, 0xff].contains(byte)), "{}: between and after the segments", board.name);
}

#[test]
fn each_file_holds_its_program_and_the_list_its_size_and_sum() {
    let folder = tempdir().unwrap();
    let mut arguments = vec!["--program", "draw"];
    arguments.extend(BOARDS.iter().flat_map(|board| ["--board", board]));
    make(folder.path(), &arguments);
    let files = folder.path().join("flash-images");
    let list = fs::read_to_string(files.join("SHA256SUMS")).unwrap();
    for name in BOARDS {
        let board = firmware::board(name);
        let chip = board.chip.unwrap();
        let name = format!("{name}-draw.{}", chip.format.ending());
        let file = fs::read(files.join(&name)).unwrap();
        assert_holds_program(board, &file);
        let sum: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(list.lines().any(|line| line == format!("{sum}  {name}")), "{list}");
        assert!(list.contains(&format!("# {name}: {} bytes", file.len())), "{list}");
        assert!(list.contains(chip.flashing), "{list}");
    }
    assert_eq!(fs::read_dir(&files).unwrap().count(), 1 + BOARDS.len());
}

#[test]
fn sha256sum_checks_the_folder() {
    let folder = tempdir().unwrap();
    make(folder.path(), &["--program", "draw", "--board", "pico2"]);
    let files = folder.path().join("flash-images");
    let check =
        || Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&files).output().unwrap();
    assert!(check().status.success(), "{:?}", check());
    let file = files.join("pico2-draw.uf2");
    let mut bytes = fs::read(&file).unwrap();
    bytes[600] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert!(!check().status.success());
}

#[test]
fn what_cannot_be_built_is_told_before_anything_is_built_or_written() {
    let folder = tempdir().unwrap();
    for (arguments, sentence) in [
        (&["--board", "pico9"][..], "[possible values: "),
        (&["--program", "bench"], "[possible values: draw, console, show]"),
        (&["--board", "netduinoplus2", "--program", "show"], "none of these boards has a display"),
        (&["--board", "microbit", "--model", "mnist-int8"], "the board microbit has room for mnist-mixed, mnist-int4"),
        (&["--model", "missing.pgan"], "there is no file missing.pgan"),
    ] {
        assert_fails(&run(&mut command(folder.path(), arguments)), folder.path(), sentence);
    }
}

/// Puts a program into a folder that takes the place of another.
fn install(folder: &Path, name: &str, script: &str) {
    let file = folder.join(name);
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_missing_target_and_a_failing_build_say_what_to_do() {
    let (folder, path) = (tempdir().unwrap(), tempdir().unwrap());
    let build = || {
        run(command(folder.path(), &["--board", "pico2"]).env("PATH", path.path()).env("POCKETGAN_CLOSED_NETWORK", ""))
    };
    install(path.path(), "rustc", "echo /nowhere");
    assert_fails(&build(), folder.path(), "run `rustup target add thumbv8m.main-none-eabihf` in firmware");
    install(path.path(), "rustc", "echo /");
    install(path.path(), "cargo", "echo error: it does not compile >&2; exit 101");
    assert_fails(&build(), folder.path(), "could not be built for pico2; the reason is above");
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("taken"), "").unwrap();
    let arguments = ["--board", "pico2", "--program", "draw", "--out", "taken"];
    assert_fails(&run(&mut command(folder.path(), &arguments)), folder.path(), "the folder taken cannot be made");
}
