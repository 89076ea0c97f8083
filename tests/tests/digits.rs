//! Drawing given digits: the seeds in a model file, and `--digits`.

use std::fs;
use std::path::Path;

use pocketgan_core::infer::model::{DIGITS, MAX_SEEDS};
use pocketgan_emulation::firmware;
use pocketgan_tests::{images, model::ModelFile, program};
use tempfile::{TempDir, tempdir};

const MODELS: [&str; 3] = ["mnist-int8", "mnist-mixed", "mnist-int4"];

/// The seeds of each digit in a model file.
fn table(path: &Path) -> [Vec<u32>; DIGITS] {
    let file = ModelFile::read(path);
    std::array::from_fn(|digit| file.model().digits().of(digit as u8).to_vec())
}

/// The pixels of the pictures that `sample` draws.
fn sampled(model: &Path, options: &str) -> Vec<u8> {
    let folder = tempdir().unwrap();
    let idx = folder.path().join("x.idx");
    program::succeed(&format!("sample {} {options} --out {}", model.display(), idx.display()));
    fs::read(idx).unwrap().split_off(16)
}

fn of_seed(model: &Path, seed: u32) -> Vec<u8> {
    sampled(model, &format!("--seed {seed} --count 1"))
}

/// A folder with noise that is labelled as threes, a run on it, and its classifier.
fn trained_on_threes() -> TempDir {
    let folder = tempdir().unwrap();
    images::write_noise(folder.path(), 1000, 3);
    let here = folder.path().display();
    let said = run_here(folder.path(), &format!("train --epochs 1 --data {here} --out {here}/run"));
    assert!(said.contains("model-int8.pgan, seeds for digits: 0, 0, 0, 16, 0, 0, 0, 0, 0, 0 (of 0 to 9)"), "{said}");
    folder
}

/// Runs a command with its classifier in `cache` and returns its standard output.
fn run_here(cache: &Path, arguments: &str) -> String {
    let finished = program::finish(&mut program::command_with_cache(cache, arguments));
    assert_eq!(finished.code, Some(0), "`pocketgan {arguments}`: {finished:?}");
    finished.out
}

/// A folder with a run on images without labels.
fn trained_without_labels() -> (TempDir, String) {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 30);
    let out = folder.path().join("run");
    let said = program::succeed(&format!("train --epochs 1 --data {} --out {}", data.display(), out.display()));
    (folder, said)
}

#[test]
fn every_committed_model_has_sixteen_different_pictures_of_each_digit() {
    for model in MODELS.map(firmware::model_file) {
        for (digit, seeds) in table(&model).iter().enumerate() {
            assert_eq!(seeds.len(), MAX_SEEDS, "{digit} in {}", model.display());
            let mut pictures: Vec<_> = seeds.iter().map(|&seed| of_seed(&model, seed)).collect();
            pictures.sort();
            pictures.dedup();
            assert_eq!(pictures.len(), MAX_SEEDS, "{digit} in {}", model.display());
        }
    }
}

#[test]
fn the_committed_digit_tables_are_those_that_the_mnist_classifier_finds() {
    let folder = tempdir().unwrap();
    for (model, threads) in MODELS.into_iter().zip(1..) {
        let (model, out) = (firmware::model_file(model), folder.path().join("again.pgan"));
        program::succeed(&format!("digits {} --threads {threads} --out {}", model.display(), out.display()));
        assert!(fs::read(&out).unwrap() == fs::read(&model).unwrap(), "{} has another table", model.display());
    }
}

#[test]
fn a_number_is_drawn_from_the_seeds_of_its_digits_with_another_variant_for_a_repeated_digit() {
    for model in MODELS.map(firmware::model_file) {
        let table = table(&model);
        let expected = |ways: [(usize, usize); 4]| ways.map(|(digit, way)| of_seed(&model, table[digit][way])).concat();
        assert!(sampled(&model, "--digits 2026") == expected([(2, 0), (0, 0), (2, 1), (6, 0)]));
        assert!(sampled(&model, "--digits 2026 --variant 15") == expected([(2, 15), (0, 15), (2, 0), (6, 15)]));
    }
}

#[test]
fn the_digits_of_a_number_are_side_by_side_in_png_and_text() {
    let folder = tempdir().unwrap();
    let (model, png) = (firmware::model(), folder.path().join("x.png"));
    program::succeed(&format!("sample {} --digits 01987 --out {}", model.display(), png.display()));
    let file = fs::read(png).unwrap();
    let [width, height] = [16, 20].map(|at| u32::from_be_bytes(*file[at..].first_chunk().unwrap()));
    assert_eq!((width, height), (5 * 28 * 3 + 4 * 2, 28 * 3));
    let text = program::succeed(&format!("sample {} --digits 01987", model.display()));
    assert_eq!(text.lines().count(), 28);
    let one = program::succeed(&format!("sample {} --digits 0", model.display()));
    for (row, of_zero) in text.lines().zip(one.lines()) {
        assert_eq!(row.get(..56).unwrap_or(row).trim_end(), of_zero);
    }
}

#[test]
fn invalid_numbers_are_rejected() {
    let model = firmware::model();
    for options in
        ["--digits 20x6", "--digits -5", "--digits 1.5", "--digits 1 --seed 4", "--digits 1 --count 4", "--variant 2"]
    {
        let finished = program::run(&format!("sample {} {options}", model.display()));
        assert_eq!(finished.code, Some(2), "{options}: {finished:?}");
    }
    let error = program::run(&format!("sample {} --digits 20x6", model.display())).err;
    assert!(error.contains("20x6") && error.contains("digits from 0 to 9 are needed"), "{error}");
}

#[test]
fn a_model_of_unlabelled_images_has_no_digit_seeds_and_the_error_says_how_to_add_them() {
    let (folder, said) = trained_without_labels();
    assert_eq!(said.lines().filter(|line| line.contains("no seeds for digits: ")).count(), 1, "{said}");
    let model = folder.path().join("run/model-int8.pgan");
    let error = program::fail(&format!("sample {} --digits 1", model.display()));
    assert!(error.contains("model-int8.pgan") && error.contains("`pocketgan digits`"), "{error}");
    assert!(program::succeed(&format!("inspect {}", model.display())).contains("digit seeds     none"));
    let out = folder.path().join("x.pgan");
    let (run, out) = (folder.path().join("run"), out.display());
    let said = program::succeed(&format!("export {} --precision int8 --out {out}", run.display()));
    assert_eq!(said.lines().filter(|line| line.contains("no seeds for digits: ")).count(), 1, "{said}");
    assert!(fs::read(folder.path().join("x.pgan")).unwrap() == fs::read(&model).unwrap());
    // Somebody who names images wants the seeds.
    let data = folder.path().join("images.idx");
    let line = format!("export {} --precision int8 --out {out} --data {}", run.display(), data.display());
    assert!(program::fail(&line).contains("labels"));
    let error = program::fail(&format!("digits {}", model.display()));
    assert!(error.contains("--data"), "{error}");
}

#[test]
fn train_export_and_digits_find_the_same_seeds_with_any_number_of_threads() {
    let folder = trained_on_threes();
    let here = folder.path().display();
    for kind in ["f32", "int8"] {
        let trained = folder.path().join(format!("run/model-{kind}.pgan"));
        let bytes = fs::read(&trained).unwrap();
        assert_eq!(table(&trained).map(|seeds| seeds.len()), [0, 0, 0, 16, 0, 0, 0, 0, 0, 0]);
        let checkpoint = "run/checkpoints/epoch-00001-batch-00000.ckpt";
        for command in [
            format!("export {here}/run --precision {kind}"),
            format!("export {here}/{checkpoint} --precision {kind}"),
            format!("digits {here}/run/model-{kind}.pgan --data {here} --threads 1"),
            format!("digits {here}/run/model-{kind}.pgan --data {here} --threads 3"),
        ] {
            run_here(folder.path(), &format!("{command} --out {here}/x.pgan"));
            assert!(fs::read(folder.path().join("x.pgan")).unwrap() == bytes, "{command} gives other bytes");
        }
    }
    let model = folder.path().join("run/model-int8.pgan");
    let said = program::succeed(&format!("inspect {}", model.display()));
    assert!(said.contains("digit seeds     0, 0, 0, 16, 0, 0, 0, 0, 0, 0 (of 0 to 9)"), "{said}");
    assert!(sampled(&model, "--digits 33").len() == 2 * 784);
    let error = program::fail(&format!("sample {} --digits 334", model.display()));
    assert!(error.contains("no seed for a 4"), "{error}");
}

#[test]
fn digit_seeds_need_the_classifier_of_the_training_images() {
    let folder = trained_on_threes();
    let model = folder.path().join("run/model-int8.pgan");
    let bytes = fs::read(&model).unwrap();
    let other = tempdir().unwrap();
    images::write_labelled(other.path(), 40);
    for data in [other.path(), &folder.path().join("nowhere"), folder.path()] {
        if data == folder.path() {
            fs::remove_file(data.join("train-labels-idx1-ubyte")).unwrap();
        }
        let error = program::fail(&format!("digits {} --data {}", model.display(), data.display()));
        let telling = ["other images", "nowhere", "holds no"];
        assert!(telling.iter().any(|words| error.contains(words)), "{error}");
    }
    let error = program::fail(&format!("digits {}/run/config.json", folder.path().display()));
    assert!(error.contains("not a pocketgan model"), "{error}");
    assert!(fs::read(&model).unwrap() == bytes, "the model was changed");
}
