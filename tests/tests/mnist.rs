//! The real MNIST, fetched as a user gets it.

use std::fs;
use std::path::Path;

use pocketgan_tests::program;
use tempfile::tempdir;

/// The checkpoint after an epoch of MNIST with this many threads.
fn checkpoint_after_an_epoch(folder: &Path, threads: usize) -> Vec<u8> {
    let run = folder.join(threads.to_string());
    program::succeed(&format!("train --epochs 1 --threads {threads} --out {}", run.display()));
    fs::read(run.join("checkpoints/epoch-00001-batch-00000.ckpt")).unwrap()
}

#[test]
fn an_epoch_gives_the_same_bytes_with_any_number_of_threads() {
    let folder = tempdir().unwrap();
    let alone = checkpoint_after_an_epoch(folder.path(), 1);
    for threads in [2, 3] {
        assert!(checkpoint_after_an_epoch(folder.path(), threads) == alone, "{threads} threads give other bytes");
    }
}
