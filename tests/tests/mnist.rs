//! Training on MNIST, fetched as for a user.

use std::fs;
use std::path::Path;

use pocketgan_core::nn::kernel::Isa;
use pocketgan_tests::program;
use tempfile::tempdir;

/// The checkpoint after an epoch of MNIST with `options`.
fn checkpoint_after_an_epoch(folder: &Path, options: &str) -> Vec<u8> {
    let run = folder.join(options.replace(' ', ""));
    program::succeed(&format!("train --epochs 1 {options} --out {}", run.display()));
    fs::read(run.join("checkpoints/epoch-00001-batch-00000.ckpt")).unwrap()
}

#[test]
fn an_epoch_gives_the_same_bytes_with_any_number_of_threads() {
    let folder = tempdir().unwrap();
    let alone = checkpoint_after_an_epoch(folder.path(), "--threads 1");
    for options in ["--threads 2", "--threads 3"] {
        assert!(checkpoint_after_an_epoch(folder.path(), options) == alone, "{options} gives other bytes");
    }
}

#[test]
fn an_epoch_in_bfloat16_gives_the_same_bytes_with_every_instruction_set() {
    let folder = tempdir().unwrap();
    for precision in ["bf16", "bf16-amx"] {
        let checkpoint = |isa: Isa| {
            checkpoint_after_an_epoch(folder.path(), &format!("--precision {precision} --isa {}", isa.name()))
        };
        let mut checkpoints = Isa::available().map(checkpoint);
        let expected = checkpoints.next().expect("there is a portable one");
        assert!(checkpoints.all(|checkpoint| checkpoint == expected), "{precision}");
    }
}

#[test]
fn an_epoch_gives_the_same_bytes_with_every_fused_instruction_set() {
    let folder = tempdir().unwrap();
    let fused = Isa::available().filter(|&isa| isa != Isa::PORTABLE).map(Isa::name);
    let mut checkpoints = fused.map(|isa| (isa, checkpoint_after_an_epoch(folder.path(), &format!("--isa {isa}"))));
    let Some((first, expected)) = checkpoints.next() else {
        println!("skipped: this machine has no fused multiply-add");
        return;
    };
    for (isa, checkpoint) in checkpoints {
        assert!(checkpoint == expected, "{isa} gives other bytes than {first}");
    }
}
