//! Python with packages from the registry, as `tests/python_packages.py` installs them.

use std::path::PathBuf;
use std::process::Command;

use crate::program::repository;

/// Seconds for packages to be installed: long for a slow line, short enough that a dead one is noticed.
const LIMIT: &str = "300";

/// A Python that has `packages`, in its environment `name`; none if this machine has no Python at all.
///
/// # Panics
/// If it has, and the packages cannot be installed.
pub fn with(name: &str, packages: &[&str]) -> Option<PathBuf> {
    Command::new("python3").arg("--version").output().ok()?;
    let script = repository().join("tests/python_packages.py");
    let finished = Command::new("timeout").arg(LIMIT).arg(script).arg(name).args(packages).output();
    let finished = finished.expect("timeout can be started");
    let errors = String::from_utf8_lossy(&finished.stderr);
    assert!(finished.status.success(), "{packages:?} cannot be installed for Python: {errors}");
    Some(repository().join("target").join(name).join("bin/python"))
}
