//! Python with packages that `tests/python_packages.py` installs.

use std::path::PathBuf;
use std::process::Command;

use crate::program::repository;

/// Seconds for the installation: enough for a slow line, short enough to notice a dead one.
const LIMIT: &str = "300";

/// A Python interpreter with `packages`, in the virtual environment `name`; `None` if this machine has no Python.
///
/// # Panics
/// If there is a Python but the packages cannot be installed.
pub fn with(name: &str, packages: &[&str]) -> Option<PathBuf> {
    Command::new("python3").arg("--version").output().ok()?;
    let script = repository().join("tests/python_packages.py");
    let finished = Command::new("timeout").arg(LIMIT).arg(script).arg(name).args(packages).output();
    let finished = finished.expect("timeout can be started");
    let errors = String::from_utf8_lossy(&finished.stderr);
    assert!(finished.status.success(), "{packages:?} cannot be installed for Python: {errors}");
    Some(repository().join("target").join(name).join("bin/python"))
}
