//! The console's protocol, spoken by hand: good frames, and whatever else a test wants to send.

use pocketgan_protocol::{CONTENT, FrameError, Receiver, Reply, Request, Sender, send};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    io::{ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::{Duration, Instant},
};

/// The frame of a message.
///
/// # Panics
/// If it does not fit one.
pub fn frame(sender: Sender, message: &impl Serialize) -> Vec<u8> {
    let mut frame = Vec::new();
    assert!(send(sender, message, &mut [0; CONTENT], |bytes| frame.extend(bytes)), "the message fits no frame");
    frame
}

/// The messages by `sender` among the bytes of a line, and how often there was damage between them.
pub fn messages<T: DeserializeOwned>(sender: Sender, line: &[u8], receiver: &mut Receiver) -> (Vec<T>, usize) {
    let (mut messages, mut damaged) = (Vec::new(), 0);
    for &byte in line {
        match receiver.take(sender, byte) {
            None => {}
            Some(Ok(message)) => messages.push(postcard::from_bytes(message).expect("a message of this version")),
            Some(Err(FrameError::Damaged | FrameError::Overlong)) => damaged += 1,
        }
    }
    (messages, damaged)
}

/// A host at the socket of a board's serial line.
#[derive(Debug)]
pub struct Host {
    line: UnixStream,
    receiver: Receiver,
    limit: Duration,
}

impl Host {
    /// Connects, and gives each answer `limit`.
    ///
    /// # Panics
    /// If nobody listens.
    pub fn connect(path: &Path, limit: Duration) -> Self {
        let line = UnixStream::connect(path).expect("the board's socket takes connections");
        line.set_read_timeout(Some(Duration::from_millis(50))).expect("the socket takes a time limit");
        Self { line, receiver: Receiver::new(), limit }
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// If they are not taken.
    pub fn send(&mut self, bytes: &[u8]) {
        self.line.write_all(bytes).expect("the board takes bytes");
    }

    /// Another handle to the line, to write from another thread.
    ///
    /// # Panics
    /// If the system has none.
    pub fn writer(&self) -> UnixStream {
        self.line.try_clone().expect("a socket can be cloned")
    }

    /// Asks, and gives the answer under the number that was sent.
    ///
    /// # Panics
    /// If none comes in time.
    pub fn ask(&mut self, number: u16, request: &Request) -> Reply {
        self.send(&frame(Sender::Host, &(number, request)));
        let (replies, _) = self.replies_until(number);
        replies.into_iter().last().expect("the last reply is the awaited one").1
    }

    /// All replies up to the first under `number`, and how many bytes they were.
    ///
    /// # Panics
    /// If it does not come in time, or something that is no frame.
    pub fn replies_until(&mut self, number: u16) -> (Vec<(u16, Reply)>, usize) {
        let (end, mut replies, mut bytes, mut len) = (Instant::now() + self.limit, Vec::new(), [0; 65536], 0);
        loop {
            assert!(Instant::now() < end, "no reply {number} within {:?}, after {} others", self.limit, replies.len());
            let read = match self.line.read(&mut bytes) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
                read => read.expect("the line holds"),
            };
            assert!(read > 0, "the board closed the line");
            len += read;
            let (new, damaged) = messages(Sender::Device, &bytes[..read], &mut self.receiver);
            assert_eq!(damaged, 0, "the board sent something that is no frame");
            let awaited = new.iter().any(|(of, _): &(u16, Reply)| *of == number);
            replies.extend(new);
            if awaited {
                return (replies, len);
            }
        }
    }
}
