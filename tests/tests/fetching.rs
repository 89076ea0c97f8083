//! Fetching MNIST where there is no network: what the program says, and what it leaves running when it is ended.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pocketgan_tests::program;
use tempfile::tempdir;

/// `pocketgan train` with an empty cache in `folder`, a proxy that refuses every connection, and programs from `path` only.
fn train(folder: &Path, path: &str) -> Command {
    let mut command = program::command(&format!("train --epochs 1 --out {}/run", folder.display()));
    command.env("XDG_CACHE_HOME", folder.join("cache")).env("PATH", path).env_remove("POCKETGAN_DATA");
    for proxy in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        command.env(proxy, "http://127.0.0.1:9");
    }
    command
}

#[test]
fn without_network_and_node_one_sentence_names_the_files_and_where_to_put_them() {
    let folder = tempdir().unwrap();
    let finished = program::finish(&mut train(folder.path(), "/nonexistent"));
    assert_eq!(finished.code, Some(1), "{finished:?}");
    let sentence = finished.err.lines().last().unwrap();
    assert!(sentence.starts_with("pocketgan: MNIST could not be fetched: put its files "), "{finished:?}");
    for name in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
        assert!(sentence.contains(&format!("{name}-ubyte")), "no {name} in {sentence}");
    }
    assert!(sentence.contains("--data") && sentence.contains("POCKETGAN_DATA"), "{sentence}");
    assert!(!finished.err.contains("npm"), "{finished:?}");
    assert!(!folder.path().join("run").exists());
}

/// Waits until `done` gives something.
fn wait_for<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(result) = done() {
            return result;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{what}: not after 30 s");
        sleep(Duration::from_millis(10));
    }
}

fn kill(signal: &str, id: &str) -> bool {
    let status = Command::new("kill").args(["-s", signal, id]).stderr(Stdio::null()).status();
    status.expect("kill can be started").success()
}

#[test]
fn a_package_manager_that_was_started_ends_with_the_program() {
    for signal in ["TERM", "INT", "KILL"] {
        let folder = tempdir().unwrap();
        let (npm, id) = (folder.path().join("npm"), folder.path().join("id"));
        fs::write(&npm, format!("#!/bin/sh\necho $$ > {}\nexec sleep 300\n", id.display())).unwrap();
        fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        let mut child = train(folder.path(), &path).stderr(Stdio::null()).spawn().unwrap();
        let id = wait_for("npm", || fs::read_to_string(&id).ok().filter(|id| id.ends_with('\n')));
        assert!(kill("0", id.trim()), "it does not run");
        assert!(kill(signal, &child.id().to_string()));
        child.wait().unwrap();
        wait_for("its end", || (!kill("0", id.trim())).then_some(()));
    }
}
