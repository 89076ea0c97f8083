//! The examples of core, run as their documentation says.

use pocketgan_tests::program::{self, repository};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The folder of the examples, built as `cargo test` builds them.
fn examples() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        // With the features of the whole workspace, so that nothing is compiled a second time.
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--quiet", "--workspace", "--examples", "--target-dir"]).arg(target);
        assert!(cargo.current_dir(repository()).status().unwrap().success(), "the examples do not compile");
        target.join("debug/examples")
    })
}

#[test]
fn train_mlp_learns_to_separate_the_spirals() {
    let finished = program::finish(&mut Command::new(examples().join("train_mlp")));
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let accuracy = finished.out.lines().find_map(|line| line.strip_prefix("accuracy ")?.strip_suffix(" %"));
    let accuracy: u32 = accuracy.unwrap_or_else(|| panic!("no accuracy in {}", finished.out)).parse().unwrap();
    assert!(accuracy >= 99, "accuracy {accuracy} %");
}

#[test]
fn draw_prints_the_picture_that_sample_prints() {
    let model = repository().join("firmware/models/mnist-int8.pgan");
    for seed in ["67", "4294967295"] {
        let drawn = program::finish(Command::new(examples().join("draw")).arg(seed));
        assert_eq!(drawn.code, Some(0), "{drawn:?}");
        let sampled = program::succeed(&format!("sample {} --count 1 --seed {seed}", model.display()));
        assert_eq!(Some(&drawn.out[..]), sampled.strip_prefix(&format!("seed {seed}\n")));
    }
}

#[test]
fn draw_rejects_what_is_not_a_seed() {
    let finished = program::finish(Command::new(examples().join("draw")).arg("x"));
    assert!(finished.code == Some(1) && finished.out.is_empty(), "{finished:?}");
}
