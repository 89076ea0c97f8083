//! A working tree of the repository as other settings of git make it.

use pocketgan_tests::program::repository;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::tempdir;

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

fn git(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    run(Command::new("git").arg("-C").arg(folder).args(arguments)).stdout
}

/// What git has of a file, or of a symbolic link.
fn content(path: &Path) -> Vec<u8> {
    match fs::read_link(path) {
        Ok(target) => target.to_str().unwrap().into(),
        Err(_) => fs::read(path).unwrap(),
    }
}

#[test]
fn files_and_scripts_are_the_same_in_a_clone_with_autocrlf() {
    if !repository().join(".git").exists() {
        println!("skipped: this is not a clone");
        return;
    }
    let folder = tempdir().unwrap();
    let (source, clone) = (repository(), folder.path().join("clone"));
    let autocrlf = ["clone", "--quiet", "--shared", "--config", "core.autocrlf=true"];
    run(Command::new("git").args(autocrlf).arg(&source).arg(&clone));
    let names = git(&clone, &["ls-files", "-z"]);
    for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        let name = str::from_utf8(name).unwrap();
        let committed = git(&clone, &["cat-file", "blob", &format!(":{name}")]);
        assert!(content(&clone.join(name)) == committed, "{name} is not as it was committed");
    }
    for script in ["tests/run", "tests/setup"] {
        run(Command::new("bash").args(["-n"]).arg(clone.join(script)));
    }
}
