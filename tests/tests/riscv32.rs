//! A core that is no Cortex-M: the example for RV32IMC draws what the host draws.

use pocketgan_emulation::firmware;
use pocketgan_tests::program;
use std::{fs, process::Command};
use tempfile::tempdir;

const TARGET: &str = "riscv32imc-unknown-none-elf";

/// The most instructions for a multiply-add of each model: the measured value and a few percent for other compilers.
const LIMITS: [(&str, f64); 3] = [("mnist-int8", 3.8), ("mnist-mixed", 3.0), ("mnist-int4", 2.75)];

/// What the example prints, run in `folder` as its alias does.
fn run(folder: &std::path::Path) -> String {
    firmware::build(&["--quiet", "--package", "pocketgan-example-riscv32", "--target", TARGET]).unwrap();
    let elf = firmware::folder().join("target").join(TARGET).join("release/riscv32");
    let config = fs::read_to_string(firmware::folder().join(".cargo/config.toml")).unwrap();
    let runner = config.lines().find_map(|line| line.strip_prefix("runner = \"")?.strip_suffix('"'));
    let mut qemu = Command::new("timeout");
    qemu.arg("60").args(runner.expect("the example has a runner").split(' ')).arg(elf).current_dir(folder);
    let finished = program::finish(&mut qemu);
    assert_eq!(finished.code, Some(0), "tests/setup installs qemu-system-riscv32: {finished:?}");
    format!("{}{}", finished.out, finished.err)
}

#[test]
fn the_pictures_are_the_hosts_and_take_few_instructions() {
    let folder = tempdir().unwrap();
    let text = run(folder.path());
    print!("{text}");
    for (model, limit) in LIMITS {
        let host = folder.path().join("host.idx");
        let file = firmware::model_file(model);
        program::succeed(&format!("sample {} --seed 7 --count 4 --out {}", file.display(), host.display()));
        let device = fs::read(folder.path().join(model).with_extension("idx")).unwrap();
        assert!(device == fs::read(host).unwrap(), "{model}: other pictures than the host's");
        let line = text.lines().find_map(|line| line.strip_prefix(model)?.strip_suffix(" a multiply-add"));
        let count = line.and_then(|line| line.rsplit(' ').next()).unwrap_or_else(|| panic!("no count in {text}"));
        assert!(count.parse::<f64>().unwrap() <= limit, "{model}: {count} instructions a multiply-add");
    }
}
