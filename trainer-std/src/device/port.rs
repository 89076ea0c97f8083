//! A line to a device: a serial port or a socket, read with a limit on the time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serial2::SerialPort;

/// The speed of every board's serial line.
const BAUD: u32 = 115_200;
/// Time for a connection to come about, and for bytes to be taken.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open line.
pub(super) enum Port {
    Serial(SerialPort),
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Port {
    /// Opens what `name` names.
    pub(super) fn open(name: &str) -> Result<Self> {
        if let Some(address) = name.strip_prefix("tcp:") {
            return tcp(address).with_context(|| format!("no connection to {name}"));
        }
        if let Some(path) = name.strip_prefix("unix:") {
            return unix(path).with_context(|| format!("no connection to {name}"));
        }
        serial(name).with_context(|| format!("the serial port {name} cannot be used"))
    }

    /// Waits for bytes for at most `wait`. None came if it returns `None`.
    ///
    /// # Errors
    /// If the line is closed or broken.
    pub(super) fn read(&mut self, bytes: &mut [u8], wait: Duration) -> io::Result<Option<usize>> {
        // A timeout of zero means none at all.
        let wait = wait.max(Duration::from_millis(1));
        let read = match self {
            Self::Serial(port) => port.set_read_timeout(wait).and_then(|()| port.read(bytes)),
            Self::Tcp(socket) => socket.set_read_timeout(Some(wait)).and_then(|()| socket.read(bytes)),
            #[cfg(unix)]
            Self::Unix(socket) => socket.set_read_timeout(Some(wait)).and_then(|()| socket.read(bytes)),
        };
        match read {
            Ok(0) => Err(io::Error::new(ErrorKind::UnexpectedEof, "the other side closed the line")),
            Ok(n) => Ok(Some(n)),
            Err(error) if is_patience(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends bytes.
    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Serial(port) => port.write_all(bytes),
            Self::Tcp(socket) => socket.write_all(bytes),
            #[cfg(unix)]
            Self::Unix(socket) => socket.write_all(bytes),
        }
    }
}

/// Whether nothing is wrong but that no byte came in time.
fn is_patience(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn tcp(address: &str) -> Result<Port> {
    let addresses = address.to_socket_addrs().context("the form is tcp:HOST:PORT, such as tcp:127.0.0.1:7007")?;
    let mut refused = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(socket) => {
                socket.set_write_timeout(Some(PATIENCE))?;
                // Each frame is answered before the next is sent, so waiting for more would only delay it.
                socket.set_nodelay(true)?;
                return Ok(Port::Tcp(socket));
            }
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) => Err(error.into()),
        None => bail!("the name has no address"),
    }
}

#[cfg(unix)]
fn unix(path: &str) -> Result<Port> {
    let socket = UnixStream::connect(path)?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(Port::Unix(socket))
}

#[cfg(not(unix))]
fn unix(_path: &str) -> Result<Port> {
    bail!("sockets of this kind are not on this system")
}

fn serial(name: &str) -> Result<Port> {
    // Raw, with 8 data bits, no parity, one stop bit and no flow control.
    let mut port = SerialPort::open(name, BAUD)?;
    port.set_write_timeout(PATIENCE)?;
    // What an earlier program did not read.
    port.discard_buffers()?;
    Ok(Port::Serial(port))
}
