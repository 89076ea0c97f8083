//! Child processes that do not outlive this one.

use std::{
    io,
    ops::{Deref, DerefMut},
    process::{Child, Command},
};

/// A child process, killed when it is dropped. On Linux the kernel also kills it when the thread that started it ends,
/// and so however this process ends.
#[derive(Debug)]
pub struct BoundChild(Child);

impl BoundChild {
    /// Starts `command`.
    ///
    /// # Errors
    /// Those of [`Command::spawn`].
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        end_with_parent(command);
        command.spawn().map(Self)
    }
}

impl Deref for BoundChild {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for BoundChild {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for BoundChild {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(target_os = "linux")]
fn end_with_parent(command: &mut Command) {
    use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};
    use std::os::unix::process::CommandExt;

    let parent = getpid();
    let bind = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have ended before the signal was set.
        if getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::NotConnected.into()) }
    };
    // SAFETY: after the fork `bind` makes two system calls and allocates nothing.
    unsafe { command.pre_exec(bind) };
}

#[cfg(not(target_os = "linux"))]
fn end_with_parent(_: &mut Command) {}
