//! `pocketgan bench` measures what it claims to. How fast anything is depends on the machine and is not asserted.

use std::fs;

use pocketgan_tests::{images, program};
use serde_json::Value;
use tempfile::tempdir;

/// The JSON object of a short run on synthetic images.
fn quick() -> Value {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 600);
    let out = program::succeed(&format!(
        "bench --quick --json --epochs 2 --threads 2,1 --precision f32,bf16,bf16-amx --data {}",
        data.display()
    ));
    let entries = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(entries, 1, "bench wrote something");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// `value[name]`, which must be a positive and finite number.
fn figure(value: &Value, name: &str) -> f64 {
    let figure = value[name].as_f64().unwrap_or_else(|| panic!("{name} is no number in {value}"));
    assert!(figure > 0.0 && figure.is_finite(), "{name} is {figure} in {value}");
    figure
}

/// `value[name]`, which must be a list of `length` elements.
fn list<'v>(value: &'v Value, name: &str, length: usize) -> &'v [Value] {
    let list = value[name].as_array().unwrap_or_else(|| panic!("{name} is no list in {value}"));
    assert_eq!(list.len(), length, "{name}");
    list
}

fn check_share_of_peak(value: &Value) {
    let share = figure(value, "share_of_peak");
    assert!(share < 1.2, "{value}");
}

#[test]
fn a_quick_bench_reports_every_figure_with_a_plausible_value() {
    let report = quick();
    assert_eq!((&report["images"], &report["steps_per_epoch"]), (&600.into(), &3.into()));
    for name in ["step_flops", "epoch_flops"] {
        figure(&report, name);
    }
    for machine in [&report["before"], &report["after"]] {
        check_machine(machine);
    }
    let training = list(&report, "training", 6);
    let kinds: Vec<_> = training.iter().map(|kind| (kind["threads"].as_u64(), kind["precision"].as_str())).collect();
    let all = |threads| ["f32", "bf16", "bf16-amx"].map(|precision| (Some(threads), Some(precision)));
    assert_eq!(kinds, [all(1), all(2)].concat());
    training.iter().for_each(check_training);
    for batch in list(&report, "batches", 18) {
        for name in ["batch", "microseconds_per_sample", "gflops"] {
            figure(batch, name);
        }
        check_share_of_peak(batch);
    }
}

fn check_machine(machine: &Value) {
    let peaks = machine["peaks"].as_array().unwrap();
    assert!(
        peaks.len() >= 6 && peaks.len().is_multiple_of(6),
        "three peaks for 1 and 2 threads of every instruction set"
    );
    for peak in peaks {
        figure(peak, "gflops");
    }
    for latency in list(machine, "latencies", 4) {
        figure(latency, "nanoseconds");
    }
}

fn check_training(training: &Value) {
    figure(training, "peak_gflops");
    for kind in ["median", "minimum", "best_steps"] {
        let speed = &training[kind];
        figure(speed, "seconds_per_epoch");
        figure(speed, "gflops");
        check_share_of_peak(speed);
    }
    let parts = list(training, "parts", 9);
    let milliseconds: f64 = parts.iter().map(|part| figure(part, "milliseconds")).sum();
    let epoch = 1e3 * figure(training, "clocked_seconds");
    assert!((milliseconds / epoch - 1.0).abs() < 0.2, "parts of {milliseconds} ms in an epoch of {epoch} ms");
    // A part's own share may be anything on a busy machine: its clocks miss what disturbed the peak.
    let shares = parts.iter().filter(|part| !part["share_of_peak"].is_null()).map(|part| figure(part, "share_of_peak"));
    assert_eq!(shares.collect::<Vec<_>>().len(), 5);
}

#[test]
fn the_tables_name_every_part_of_a_step() {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 2);
    let tables = program::succeed(&format!("bench --quick --isa portable --threads 1 --data {}", data.display()));
    for part in
        ["FMA peak, portable, 1 thread", "latency, 16 KiB", "noise", "weights and optimisers", "waiting", "1024"]
    {
        assert!(tables.contains(part), "no {part} in {tables}");
    }
}

#[test]
fn invalid_options_are_named_in_the_error() {
    for arguments in ["--epochs 0", "--threads 0", "--threads 1,65", "--isa abacus"] {
        let option = arguments.split(' ').next().unwrap();
        let said = program::fail(&format!("bench --quick {arguments}"));
        assert!(said.contains(option), "{said}");
    }
    assert!(program::fail("bench --quick --data nowhere").contains("nowhere"));
}

/// What `bench --to-quality` reports for each recipe on a few labelled images.
fn to_quality(arguments: &str) -> Vec<Value> {
    let folder = tempdir().unwrap();
    images::write_labelled(folder.path(), 200);
    let line = format!("bench --to-quality --json {arguments} --data {}", folder.path().display());
    let cache = tempdir().unwrap();
    let finished = program::finish(&mut program::command_with_cache(cache.path(), &line));
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "bench wrote something");
    list(&serde_json::from_str(&finished.out).unwrap(), "recipes", 2).to_vec()
}

#[test]
fn a_target_that_is_reached_at_once_ends_a_training_at_its_first_evaluation() {
    let recipes = to_quality("--target 1e9 --epochs 20 --threads 2");
    let found: Vec<_> = recipes.iter().map(|found| (&found["recipe"], &found["reached"], &found["epochs"])).collect();
    assert_eq!(found, [(&"plain".into(), &true.into(), &10.into()), (&"best".into(), &true.into(), &1.into())]);
    for found in &recipes {
        assert!(figure(found, "training_seconds") < figure(found, "whole_seconds"), "{found}");
        figure(found, "frechet_distance");
    }
}

#[test]
fn a_target_that_is_never_reached_ends_a_training_at_its_last_epoch() {
    for found in to_quality("--target 0.001 --epochs 3") {
        assert_eq!((&found["reached"], &found["epochs"]), (&false.into(), &3.into()), "{found}");
    }
}

#[test]
fn time_to_quality_needs_labels_and_options_that_go_together() {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 40);
    let line = format!("bench --to-quality --data {}", data.display());
    assert!(program::fail(&line).contains("--to-quality needs test images"));
    for (option, words) in [("--target 0", "--target 0"), ("--threads 1,2", "--threads"), ("--epochs 0", "--epochs 0")]
    {
        let said = program::fail(&format!("{line} {option}"));
        assert!(said.contains(words), "{said}");
    }
    for arguments in ["--target 3", "--to-quality --quick"] {
        assert_eq!(program::run(&format!("bench {arguments}")).code, Some(2), "{arguments}");
    }
}
