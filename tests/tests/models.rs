//! What firmware/models/README.md says about the committed models is true.

use std::fs;
use std::path::PathBuf;

use pocketgan_emulation::firmware;
use pocketgan_tests::program;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A row of the table in it.
struct Described {
    path: PathBuf,
    bytes: String,
    frechet_distance: String,
    sha256: String,
}

fn described() -> Vec<Described> {
    let folder = firmware::model_file("mnist-int8").parent().unwrap().to_owned();
    let text = fs::read_to_string(folder.join("README.md")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let &[_, name, _, bytes, distance, .., sha256, _] = cells.as_slice() else { panic!("{line}") };
        Described {
            path: folder.join(name),
            bytes: bytes.replace(',', ""),
            frechet_distance: distance.to_owned(),
            sha256: sha256.to_owned(),
        }
    };
    text.lines().filter(|line| line.starts_with("| `mnist-")).map(row).collect()
}

#[test]
fn the_readme_of_the_models_has_the_length_and_sha_256_of_each() {
    let described = described();
    let models = fs::read_dir(described[0].path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(models.filter(|path| path.extension().is_some_and(|it| it == "pgan")).count(), described.len());
    for model in described {
        let bytes = fs::read(&model.path).unwrap();
        let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((bytes.len().to_string(), sha256), (model.bytes, model.sha256), "{}", model.path.display());
    }
}

#[test]
fn the_readme_of_the_models_has_the_distances_that_eval_measures() {
    for model in described() {
        let json = program::succeed(&format!("eval {} --json", model.path.display()));
        let figures: Value = serde_json::from_str(&json).unwrap();
        let distance = figures["generated"]["frechet_distance"].as_f64().unwrap();
        assert_eq!(format!("{distance:.2}"), model.frechet_distance, "{}", model.path.display());
    }
}
