//! `pocketgan eval`, and the evaluations of a training.

use std::fs;
use std::path::Path;

use pocketgan_tests::{images, program};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// A labelled set of images in a folder of its own, which is also the cache.
fn labelled() -> TempDir {
    let folder = tempdir().unwrap();
    images::write_labelled(folder.path(), 400);
    folder
}

/// Runs a command that keeps its classifier in `cache`.
fn run(cache: &Path, arguments: &str) -> program::Finished {
    program::finish(&mut program::command_with_cache(cache, arguments))
}

fn succeed(cache: &Path, arguments: &str) -> String {
    let finished = run(cache, arguments);
    assert_eq!(finished.code, Some(0), "`pocketgan {arguments}`: {finished:?}");
    finished.out
}

fn train(folder: &Path, options: &str) -> std::path::PathBuf {
    let out = folder.join("run");
    succeed(folder, &format!("train {options} --data {} --out {}", folder.display(), out.display()));
    out
}

fn figure(of: &Value, name: &str) -> f64 {
    of[name].as_f64().unwrap_or_else(|| panic!("no {name} in {of}"))
}

#[test]
fn generated_pictures_are_compared_with_real_images_which_score_better() {
    let folder = labelled();
    let model = train(folder.path(), "--epochs 2").join("model-int8.pgan");
    let line = format!("eval {} --count 300 --data {}", model.display(), folder.path().display());
    let table = succeed(folder.path(), &line);
    for row in ["Fréchet distance", "classifier score", "precision", "recall", "rarest", "divergence", "nearest"] {
        assert!(table.contains(row), "no {row} in {table}");
    }
    assert!(table.contains(" % test accuracy\n"), "{table}");
    let report: Value = serde_json::from_str(&succeed(folder.path(), &format!("{line} --json"))).unwrap();
    let (generated, real) = (&report["generated"], &report["real"]);
    assert_eq!((report["count"].as_u64(), report["test_images"].as_u64()), (Some(300), Some(100)));
    assert!(figure(generated, "frechet_distance") > 5.0 * figure(real, "frechet_distance"), "{report}");
    for name in ["precision", "recall"] {
        assert!(figure(real, name) > 0.9 && figure(generated, name) < figure(real, name), "{report}");
    }
    assert!((1.0..=10.0).contains(&figure(generated, "classifier_score")), "{report}");
    let shares = generated["digits"]["shares"].as_array().unwrap();
    assert!((shares.iter().filter_map(Value::as_f64).sum::<f64>() - 1.0).abs() < 1e-9, "{report}");
}

#[test]
fn the_classifier_is_trained_once_and_the_metrics_do_not_depend_on_threads() {
    let folder = labelled();
    let model = train(folder.path(), "--epochs 1").join("model-f32.pgan");
    let line = format!("eval {} --count 200 --json --data {}", model.display(), folder.path().display());
    // `train` has already cached a classifier in `folder`.
    let (cache, elsewhere) = (tempdir().unwrap(), tempdir().unwrap());
    let first = run(cache.path(), &format!("{line} --threads 1"));
    assert!(first.err.contains("training the evaluation classifier"), "{first:?}");
    let metrics = |json: &str| {
        let mut report: Value = serde_json::from_str(json).unwrap();
        report.as_object_mut().unwrap().remove("seconds");
        report
    };
    let again = run(cache.path(), &format!("{line} --threads 3"));
    assert!(!again.err.contains("training the evaluation classifier"), "{again:?}");
    assert_eq!(metrics(&first.out), metrics(&again.out));
    let anew = run(elsewhere.path(), &format!("{line} --threads 3"));
    assert!(anew.err.contains("training the evaluation classifier"), "{anew:?}");
    assert_eq!(metrics(&first.out), metrics(&anew.out));
}

#[test]
fn eval_names_the_missing_test_images() {
    let folder = labelled();
    let model = train(folder.path(), "--epochs 1").join("model-int8.pgan");
    let line = format!("eval {} --data {}", model.display(), folder.path().display());
    fs::remove_file(folder.path().join("t10k-images-idx3-ubyte")).unwrap();
    let error = program::fail(&line);
    assert!(error.contains("holds no test images; looked for t10k-images-idx3-ubyte"), "{error}");
    let single = images::write(folder.path(), 10);
    let error = program::fail(&format!("eval {} --data {}", model.display(), single.display()));
    assert!(error.contains("images.idx") && error.contains("beside"), "{error}");
    let error = program::fail(&format!("eval {} --data {}", single.display(), folder.path().display()));
    assert!(error.contains("not a pocketgan model"), "{error}");
}

#[test]
fn images_without_labels_are_measured_by_the_features_learned_on_mnist_and_get_no_digit_table() {
    let folder = labelled();
    fs::remove_file(folder.path().join("t10k-labels-idx1-ubyte")).unwrap();
    let (data, out) = (folder.path().display(), folder.path().join("run"));
    // In the user's cache, where MNIST is.
    let line = format!("train --epochs 2 --eval-every 2 --best --data {data} --out {}", out.display());
    let trained = program::finish(&mut program::command(&line));
    assert_eq!(trained.code, Some(0), "{trained:?}");
    assert!(trained.err.contains("holds no test labels") && trained.err.contains("learned on MNIST"), "{trained:?}");
    assert!(trained.out.contains("no seeds for digits"), "{trained:?}");
    let table = program::succeed(&format!("eval {} --count 300 --data {data}", out.join("model-int8.pgan").display()));
    assert!(table.contains("classifier: that of MNIST, since these images have no labels"), "{table}");
}

#[test]
fn a_training_without_test_images_is_an_error_only_if_evaluations_were_requested() {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 30);
    let out = folder.path().join("run");
    let line = format!("train --epochs 2 --data {} --out {}", data.display(), out.display());
    for option in ["--eval-every 1", "--eval-every 1 --best"] {
        let error = program::fail(&format!("{line} {option}"));
        assert!(error.contains("need test images") && !out.exists(), "{error}");
    }
    assert!(program::succeed(&line).contains("no evaluations: "));
}

#[test]
fn export_best_takes_the_evaluated_checkpoint_with_the_smallest_distance() {
    let folder = labelled();
    let run = train(folder.path(), "--epochs 6 --batch 20 --eval-every 2 --checkpoint-every 2 --lr-g 0.01 --best");
    let metrics = fs::read_to_string(run.join("metrics.csv")).unwrap();
    let rows: Vec<Vec<&str>> = metrics.lines().map(|line| line.split(',').collect()).collect();
    let column = rows[0].iter().position(|&name| name == "frechet_distance").unwrap();
    let distance = |epoch: usize| rows[epoch][column].parse::<f64>();
    assert!([1, 3, 5].iter().all(|&epoch| distance(epoch).is_err()), "{metrics}");
    let best = [2, 4, 6].into_iter().min_by(|&a, &b| distance(a).unwrap().total_cmp(&distance(b).unwrap())).unwrap();
    let of_best = run.join(format!("checkpoints/epoch-{best:05}-batch-00000.ckpt"));
    for source in [format!("{} --best", run.display()), of_best.display().to_string()] {
        let out = folder.path().join("exported.pgan");
        succeed(folder.path(), &format!("export {source} --precision int8 --out {}", out.display()));
        assert!(fs::read(&out).unwrap() == fs::read(run.join("model-int8.pgan")).unwrap(), "{source} differs");
    }
    fs::remove_file(run.join("best.ckpt")).unwrap();
    let error = program::fail(&format!("export {} --best --precision int8 --out x.pgan", run.display()));
    assert!(error.contains("best.ckpt"), "{error}");
}

#[test]
fn samples_and_exports_are_of_the_averaged_weights() {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 300);
    let run = |name: &str, options: &str| {
        let out = folder.path().join(name);
        program::succeed(&format!("train --epochs 2 {options} --data {} --out {}", data.display(), out.display()));
        out
    };
    let (plain, averaged, none) = (run("plain", ""), run("averaged", "--ema 0.99"), run("none", "--ema 0"));
    let weights = |run: &Path| fs::read(run.join("model-f32.pgan")).unwrap();
    assert!(weights(&plain) != weights(&averaged), "the averaged weights are not exported");
    assert!(weights(&plain) == weights(&none), "the weights are averaged without --ema");
    let grid = folder.path().join("grid.png");
    let model = averaged.join("model-f32.pgan");
    program::succeed(&format!("sample {} --count 64 --out {}", model.display(), grid.display()));
    assert!(fs::read(grid).unwrap() == fs::read(averaged.join("samples/epoch-00002-grid.png")).unwrap());
}

#[test]
fn inspect_prints_the_recipe_of_the_training() {
    let inspect = |options: &str| {
        let folder = labelled();
        let run = train(folder.path(), &format!("--epochs 2 {options}"));
        let text = program::succeed(&format!("inspect {}", run.join("model-int8.pgan").display()));
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let recipe = |key: &str, value: &str| format!("provenance.recipe.{key} {value}");
    let best = inspect("--recipe best --r1 30");
    for line in [recipe("gradient_penalty", "30.0"), recipe("ema", "0.9998"), recipe("differences", "true")] {
        assert!(best.contains(&line), "{line}: {best:?}");
    }
    let plain = inspect("");
    for line in [recipe("gradient_penalty", "0.0"), recipe("ema", "0.0"), recipe("differences", "false")] {
        assert!(plain.contains(&line), "{line}: {plain:?}");
    }
}
