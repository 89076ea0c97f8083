//! cargo's runner for the firmware: what happens to QEMU when it is ended.
#![cfg(target_os = "linux")]

use pocketgan_emulation::firmware;
use std::{
    fs,
    io::Read,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(20);

/// Calls `poll` until it finds something.
fn wait_for<T>(what: &str, mut poll: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = poll() {
            return found;
        }
        assert!(start.elapsed() < LIMIT, "{what} within {LIMIT:?}");
        sleep(Duration::from_millis(5));
    }
}

/// The process that the runner has started, once it is QEMU.
fn qemu_of(runner: &Child) -> Option<u32> {
    let id = runner.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
    let child = children.split_whitespace().next()?.parse().ok()?;
    let name = fs::read_to_string(format!("/proc/{child}/comm")).ok()?;
    name.starts_with("qemu-system").then_some(child)
}

/// Whether a process has ended, though perhaps not been waited for.
fn has_ended(process: u32) -> bool {
    let state = |stat: String| Some(stat.rsplit_once(") ")?.1.starts_with('Z'));
    fs::read_to_string(format!("/proc/{process}/stat")).ok().and_then(state).unwrap_or(true)
}

#[test]
fn qemu_ends_with_its_runner_whatever_signal_ends_that() {
    let elf = firmware::elf("draw").unwrap();
    for signal in ["-INT", "-TERM", "-HUP", "-KILL"] {
        let mut runner = Command::new(env!("CARGO_BIN_EXE_run-firmware"));
        runner.arg(&elf).args(["--count", "4000000000"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut runner = runner.spawn().unwrap();
        // Until it is connected, QEMU ends by itself without its runner.
        runner.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        let qemu = wait_for("the runner starts QEMU", || qemu_of(&runner));
        assert!(Command::new("kill").args([signal, &runner.id().to_string()]).status().unwrap().success());
        runner.wait().unwrap();
        wait_for(&format!("QEMU ends after {signal}"), || has_ended(qemu).then_some(()));
    }
}
