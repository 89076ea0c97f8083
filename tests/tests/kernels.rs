//! The integer kernels of every core: that they compute what they should, how long they are, and that drawing cannot panic.

use object::{Object, ObjectSymbol};
use pocketgan_emulation::{
    firmware::{self, BOARDS, Board},
    qemu,
};
use std::{
    collections::BTreeMap,
    fs,
    process::{Command, Output},
    time::Duration,
};

/// Far above what a test of the kernels takes.
const LIMIT: Duration = Duration::from_secs(60);
/// Bytes of machine code that a kernel may have.
const LONGEST_KERNEL: u64 = 1536;

/// One board for each target, as the compiler and the kernels know no more of a board.
fn one_a_target() -> impl Iterator<Item = &'static Board> {
    let by_target: BTreeMap<&str, &Board> = BOARDS.iter().map(|board| (board.target, board)).collect();
    by_target.into_values()
}

#[test]
fn the_kernels_of_every_board_sum_what_plain_loops_sum() {
    for board in firmware::emulated() {
        let run = qemu::run(&firmware::elf_for(board, "kernel-test").unwrap(), &[], LIMIT).unwrap();
        assert_eq!(run.text(), format!("{}: the kernels sum what plain loops sum\n", board.name), "{:?}", run.log);
        assert_eq!(run.status, 0);
    }
}

#[test]
fn there_is_one_copy_of_each_kernel_and_it_is_short() {
    for board in one_a_target() {
        let elf = fs::read(firmware::elf_for(board, "draw").unwrap()).unwrap();
        let kernels = kernels(&elf);
        println!("{}: kernels of {kernels:?} bytes", board.target);
        assert_eq!(kernels.len(), 2, "{}: one for int8, one for int4", board.name);
        assert!(kernels.iter().all(|bytes| (200..=LONGEST_KERNEL).contains(bytes)), "{}: {kernels:?}", board.name);
    }
}

/// Lengths of the functions in assembly of core's module `integer`: all that is global there.
fn kernels(elf: &[u8]) -> Vec<u64> {
    let file = object::File::parse(elf).unwrap();
    let is_kernel = |name: &str| name.contains("pocketgan_core") && name.contains("integer");
    file.symbols()
        .filter(|symbol| symbol.is_global() && symbol.name().is_ok_and(is_kernel))
        .map(|symbol| symbol.size())
        .collect()
}

#[test]
fn drawing_links_where_a_panic_cannot_and_with_a_panic_it_does_not() {
    for board in one_a_target() {
        let without = link(board, "no-panic");
        assert!(without.status.success(), "{}: {}", board.name, String::from_utf8_lossy(&without.stderr));
        let with = link(board, "panic-on-purpose");
        let said = String::from_utf8_lossy(&with.stderr);
        assert!(!with.status.success() && said.contains("drawing_can_panic"), "{}: {said}", board.name);
    }
}

/// Builds the firmware's example `no-panic`, whose panic handler calls what does not exist.
fn link(board: &Board, feature: &str) -> Output {
    let features = format!("{},{feature}", board.name);
    Command::new("cargo")
        .args(["build", "--quiet", "--release", "--target-dir", "target", "--example", "no-panic"])
        .args(["--no-default-features", "--features", &features, "--target", board.target])
        .current_dir(firmware::folder())
        .output()
        .unwrap()
}
