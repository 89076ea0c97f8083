//! The trainer `pocketgan`, built and run as a user does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Duration;

/// The repository's root folder.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

/// The path of `pocketgan`, built for release once per process.
///
/// # Panics
/// If the build fails.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let target = repository().join("target");
        let status = cargo()
            .args(["build", "--quiet", "--release", "--package", "pocketgan-trainer", "--target-dir"])
            .arg(&target)
            .current_dir(repository())
            .status()
            .expect("cargo can be started");
        assert!(status.success(), "`cargo build --release` failed");
        target.join("release/pocketgan")
    })
}

/// `cargo` as a user starts it, without what cargo tells a test of its own package. Build scripts of other packages watch
/// those variables, and with them everything would be compiled anew.
pub fn cargo() -> Command {
    let mut command = Command::new("cargo");
    let of_this_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "OUT_DIR"];
    for (name, _) in std::env::vars_os() {
        if of_this_package.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

/// A `pocketgan` command with `arguments`, which are split at spaces: the paths of tests have none.
pub fn command(arguments: &str) -> Command {
    let mut command = Command::new(path());
    command.args(arguments.split_whitespace());
    command
}

/// Like [`command`], with the folder `cache` in place of the user's cache, so that no classifier of a test is left there.
pub fn command_with_cache(cache: &Path, arguments: &str) -> Command {
    let mut command = command(arguments);
    command.env("XDG_CACHE_HOME", cache);
    command
}

/// The result of a finished process.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs `pocketgan` with `arguments`.
///
/// # Panics
/// If it cannot be started.
pub fn run(arguments: &str) -> Finished {
    finish(&mut command(arguments))
}

/// Like [`run`] with a time limit: after `limit` the process is killed and its exit code is 124.
///
/// # Panics
/// If it cannot be started.
pub fn run_within(arguments: &str, limit: Duration) -> Finished {
    let mut command = Command::new("timeout");
    command.arg(limit.as_secs_f64().to_string()).arg(path()).args(arguments.split_whitespace());
    finish(&mut command)
}

/// Runs a command and collects its output.
///
/// # Panics
/// If it cannot be started.
pub fn finish(command: &mut Command) -> Finished {
    let Output { status, stdout, stderr } = command.output().expect("pocketgan can be started");
    Finished {
        code: status.code(),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// Runs `pocketgan` with `arguments` and returns its standard output.
///
/// # Panics
/// If it does not succeed.
pub fn succeed(arguments: &str) -> String {
    let finished = run(arguments);
    assert_eq!(finished.code, Some(0), "`pocketgan {arguments}` failed: {finished:?}");
    finished.out
}

/// Runs `pocketgan` with `arguments` and returns its message on standard error.
///
/// # Panics
/// If it does not fail with exit code 1 and a single line that begins with `pocketgan: `.
pub fn fail(arguments: &str) -> String {
    let finished = run(arguments);
    assert_eq!(finished.code, Some(1), "`pocketgan {arguments}`: {finished:?}");
    let lines: Vec<&str> = finished.err.lines().collect();
    assert!(lines.len() == 1 && lines[0].starts_with("pocketgan: "), "`pocketgan {arguments}`: {finished:?}");
    lines[0].to_owned()
}
