//! The integer kernels of every core are correct and short, and drawing cannot panic.

use object::{Object, ObjectSymbol};
use pocketgan_emulation::{
    firmware::{self, BOARDS, Board},
    qemu,
};
use std::{collections::BTreeMap, fs, process::Output, time::Duration};

/// Far longer than a test of the kernels.
const LIMIT: Duration = Duration::from_secs(60);
/// The most bytes of machine code in a kernel.
const LONGEST_KERNEL: u64 = 1536;

/// One board for each target, and the one with vectors: the compiler and the kernels depend on nothing else.
fn one_for_each_kernel() -> impl Iterator<Item = &'static Board> {
    let by_kernel: BTreeMap<_, _> = BOARDS.iter().map(|board| ((board.target, board.core == "M55"), board)).collect();
    by_kernel.into_values()
}

#[test]
fn the_kernels_of_every_board_agree_with_plain_loops() {
    for board in firmware::emulated() {
        let run = qemu::run(&firmware::elf_for(board, "kernel-test").unwrap(), &[], LIMIT).unwrap();
        assert_eq!(
            run.text(),
            format!("{}: the kernels compute what plain loops compute\n", board.name),
            "{:?}",
            run.log
        );
        assert_eq!(run.status, 0);
    }
}

#[test]
fn each_kernel_exists_once_and_is_short() {
    for board in one_for_each_kernel() {
        let elf = fs::read(firmware::elf_for(board, "draw").unwrap()).unwrap();
        let kernels = kernels(&elf);
        println!("{}: kernels of {kernels:?} bytes", board.core);
        assert_eq!(kernels.len(), 2, "{}: one for int8, one for int4", board.name);
        assert!(kernels.iter().all(|bytes| (200..=LONGEST_KERNEL).contains(bytes)), "{}: {kernels:?}", board.name);
    }
}

/// The lengths of the assembly functions in core's module `integer`, which are its only global symbols.
fn kernels(elf: &[u8]) -> Vec<u64> {
    let file = object::File::parse(elf).unwrap();
    let is_kernel = |name: &str| name.contains("pocketgan_core") && name.contains("integer");
    file.symbols()
        .filter(|symbol| symbol.is_global() && symbol.name().is_ok_and(is_kernel))
        .map(|symbol| symbol.size())
        .collect()
}

#[test]
fn drawing_links_without_a_panic_handler_and_a_reachable_panic_does_not() {
    for board in one_for_each_kernel() {
        let without = link(board, "no-panic");
        assert!(without.status.success(), "{}: {}", board.name, String::from_utf8_lossy(&without.stderr));
        let with = link(board, "panic-on-purpose");
        let said = String::from_utf8_lossy(&with.stderr);
        assert!(!with.status.success() && said.contains("drawing_can_panic"), "{}: {said}", board.name);
    }
}

/// Builds the firmware's example `no-panic`, whose panic handler calls a function that does not exist.
fn link(board: &Board, feature: &str) -> Output {
    let features = format!("{},{feature}", board.name);
    firmware::cargo()
        .args(["build", "--quiet", "--release", "--target-dir", "target", "--example", "no-panic"])
        .args(["--no-default-features", "--features", &features, "--target", board.target])
        .output()
        .unwrap()
}
