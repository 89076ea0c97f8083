//! Sockets on this machine that an emulator connects to, or listens at.

use crate::child::BoundChild;
use crate::line::Line;
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    io::ErrorKind,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// A socket that waits for QEMU.
pub(crate) struct Listener(TcpListener);

impl Listener {
    pub(crate) fn open() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    /// The line that connects to it.
    pub(crate) fn line(&self) -> Result<Line> {
        Ok(Line::To(self.0.local_addr()?.port()))
    }

    /// Waits until QEMU connects.
    ///
    /// # Errors
    /// If QEMU ends first, or if it has not connected at `deadline`.
    pub(crate) fn accept(&self, qemu: &mut BoundChild, deadline: Instant) -> Result<TcpStream> {
        loop {
            match self.0.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false)?;
                    return Ok(stream);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error).context("QEMU cannot connect"),
            }
            if let Some(status) = qemu.try_wait()? {
                bail!("QEMU ended before it connected: {status}");
            }
            remaining(deadline)?;
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// The time until `deadline`.
///
/// # Errors
/// If it has passed.
pub(crate) fn remaining(deadline: Instant) -> Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    ensure!(!left.is_zero(), "the time limit is over");
    Ok(left)
}

/// Whether a socket at `path` takes connections: it does not yet when its file appears.
pub(crate) fn listens(path: &Path) -> bool {
    // What Linux calls __SO_ACCEPTCON.
    const LISTENS: &str = "00010000";
    let Ok(sockets) = fs::read_to_string("/proc/net/unix") else { return path.exists() };
    sockets.lines().any(|socket| {
        let fields: Vec<&str> = socket.split_whitespace().collect();
        fields.get(3) == Some(&LISTENS) && fields.last().is_some_and(|at| Path::new(at) == path)
    })
}
