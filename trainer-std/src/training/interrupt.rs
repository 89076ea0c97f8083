//! Ctrl-C and other requests to end: the first asks the training to stop at its next step, the second ends the program.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use signal_hook::{consts, flag};

/// The exit code of a program that Ctrl-C ended, as shells report it.
pub(crate) const INTERRUPTED: u8 = 130;

/// The signals that ask a program to end, with the names that `kill` has for them.
const SIGNALS: &[(i32, &str)] = &[
    (consts::SIGINT, "INT"),
    (consts::SIGTERM, "TERM"),
    #[cfg(unix)]
    (consts::SIGHUP, "HUP"),
];

/// The error of a training that was asked to stop and did.
#[derive(Debug, thiserror::Error)]
#[error("stopped; {0}")]
pub(crate) struct Interrupted(pub(crate) String);

/// Whether the training has been asked to stop.
#[derive(Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens for Ctrl-C and for the signals that ask a program to end. Those that were ignored when the program started,
    /// as `nohup` has it, stay ignored.
    ///
    /// # Errors
    /// If the system accepts no handler.
    pub(crate) fn listen() -> Result<Self> {
        let interrupt = Self::default();
        for &(signal, name) in SIGNALS {
            if !is_ignored(name) {
                interrupt.listen_for(signal).with_context(|| format!("no handler for SIG{name} can be installed"))?;
            }
        }
        Ok(interrupt)
    }

    /// Handlers run in the order in which they are registered, so the first signal ends nothing.
    fn listen_for(&self, signal: i32) -> std::io::Result<()> {
        flag::register_conditional_shutdown(signal, INTERRUPTED.into(), self.0.clone())?;
        flag::register(signal, self.0.clone()).map(|_| ())
    }

    pub(crate) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether this process was started with a signal ignored.
///
/// Safe Rust cannot ask the system. But children inherit what is ignored, so a shell survives this signal only then.
fn is_ignored(name: &str) -> bool {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "kill -s \"$1\" $$", "sh", name]);
    let status = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    cfg!(unix) && status.is_ok_and(|status| status.success())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_not_taken_for_ignored_without_reason() {
        assert!(SIGNALS.iter().all(|(_, name)| !is_ignored(name)));
    }
}
