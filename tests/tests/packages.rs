//! The crates for use in other projects: their packages are complete and build by themselves.

use std::process::{Command, Output};

use pocketgan_tests::program;

/// Runs `cargo package` in a folder of the repository. `--offline`: nothing is asked of a registry, where our crates are
/// not published yet.
fn cargo_package(folder: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new("cargo");
    command.args(["package", "--offline", "--allow-dirty"]).args(arguments);
    command.current_dir(program::repository().join(folder)).output().expect("cargo can be started")
}

fn build(folder: &str, arguments: &[&str]) {
    let output = cargo_package(folder, &[&["--all-features"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_package_of_core_builds_by_itself() {
    build(".", &["--package", "pocketgan-core"]);
}

#[test]
fn the_packages_of_protocol_and_display_build_on_core() {
    // Stands for the published core.
    let core = r#"patch.crates-io.pocketgan-core.path="../core""#;
    build("firmware", &["--package", "pocketgan-protocol", "--package", "pocketgan-display", "--config", core]);
}

#[test]
fn every_package_has_its_licences_and_a_readme() {
    for folder in ["core", "firmware/protocol", "firmware/display"] {
        let output = cargo_package(folder, &["--list"]);
        let files = String::from_utf8(output.stdout).unwrap();
        for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md"] {
            assert!(files.lines().any(|line| line == file), "{folder} lacks {file}: {files}");
        }
    }
}
