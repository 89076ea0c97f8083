//! The other end of an emulated board's serial line, as the command lines of the emulators have it.

use crate::serial::Socket;

/// Where the bytes of a serial line go.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// To a TCP port of this machine on which this process listens.
    To(u16),
    /// To the program that connects to a socket on which the emulator listens.
    For(Socket),
}

impl Line {
    /// QEMU's character device. In its values a comma is doubled.
    pub(crate) fn qemu_device(&self) -> String {
        let value = |text: &str| text.replace(',', ",,");
        let address = match self {
            Self::To(port) => return format!("socket,host=127.0.0.1,port={port},nodelay=on"),
            Self::For(Socket::Tcp { host, port }) => format!("host={},port={port},nodelay=on", value(host)),
            Self::For(Socket::Unix(path)) => format!("path={}", value(&path.display().to_string())),
        };
        // Without `wait` the program runs before something is connected, as a board does.
        format!("socket,{address},server=on,wait=off")
    }

    /// The address in the form HOST:PORT, or a path.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::To(port) => format!("127.0.0.1:{port}"),
            Self::For(Socket::Tcp { host, port }) => format!("{host}:{port}"),
            Self::For(Socket::Unix(path)) => path.display().to_string(),
        }
    }
}
