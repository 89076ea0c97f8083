//! PC and device draw the same pictures, byte for byte.

use std::fs;
use std::time::Duration;

use pocketgan_emulation::{firmware, qemu};
use pocketgan_tests::program;
use tempfile::tempdir;

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn the_device_draws_the_same_bytes_as_the_host() {
    let folder = tempdir().unwrap();
    let idx = folder.path().join("host.idx");
    let draw = firmware::elf("draw").unwrap();
    for seed in [0, 20_261_123, u32::MAX - 5] {
        let (model, out) = (firmware::model(), idx.display());
        program::succeed(&format!("sample {} --seed {seed} --count 20 --out {out}", model.display()));
        let device = qemu::run(&draw, &["--idx", "--count", "20", "--seed", &seed.to_string()], LIMIT).unwrap();
        assert_eq!(device.status, 0, "{:?}", device.log);
        assert!(device.uart == fs::read(&idx).unwrap(), "pictures from seed {seed} on differ");
    }
}

#[test]
fn the_device_prints_the_same_text_as_the_host() {
    let host = program::succeed(&format!("sample {} --seed 3 --count 3", firmware::model().display()));
    let draw = firmware::elf("draw").unwrap();
    let device = qemu::run(&draw, &["--seed", "3", "--count", "3"], LIMIT).unwrap();
    assert_eq!(device.text(), host);
}
