//! The console's protocol at the level of bytes: valid frames, and anything else that a test wants to send.

use pocketgan_core::random::Stream;
use pocketgan_protocol::{CONTENT, FrameError, Receiver, Reply, Request, Sender, send};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    io::{ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::{Duration, Instant},
};

/// Encodes a message as a frame.
///
/// # Panics
/// If it does not fit into a frame.
pub fn frame(sender: Sender, message: &impl Serialize) -> Vec<u8> {
    let mut frame = Vec::new();
    assert!(send(sender, message, &mut [0; CONTENT], |bytes| frame.extend(bytes)), "the message fits no frame");
    frame
}

/// The frame of a request with a flipped bit, a missing byte or a missing end, and sometimes noise instead of a frame.
pub fn damaged(stream: &mut Stream) -> Vec<u8> {
    let mut line = frame(Sender::Host, &(3_u16, Request::BeginUpload { len: stream.next_u32(), checksum: 77 }));
    let at = 1 + stream.below(line.len() as u32 - 2) as usize;
    match stream.below(16) {
        0..4 => line[at] ^= 1 << stream.below(8),
        4..8 => drop(line.remove(at)),
        8..15 => line.truncate(at),
        _ => line = (0..stream.below(300)).map(|_| stream.next_u32() as u8).chain([0]).collect(),
    }
    line
}

/// Decodes the messages of `sender` in the bytes of a line, and counts damaged frames.
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

/// A host connected to the socket of a board's serial line.
#[derive(Debug)]
pub struct Host {
    line: UnixStream,
    receiver: Receiver,
    limit: Duration,
}

impl Host {
    /// Connects; each reply must arrive within `limit`.
    ///
    /// # Panics
    /// If the board does not listen.
    pub fn connect(path: &Path, limit: Duration) -> Self {
        let line = UnixStream::connect(path).expect("the board's socket takes connections");
        line.set_read_timeout(Some(Duration::from_millis(50))).expect("the socket takes a time limit");
        Self { line, receiver: Receiver::new(), limit }
    }

    /// Sends raw bytes.
    ///
    /// # Panics
    /// If the board does not accept them.
    pub fn send(&mut self, bytes: &[u8]) {
        self.line.write_all(bytes).expect("the board takes bytes");
    }

    /// Another handle to the line, for writing from another thread.
    ///
    /// # Panics
    /// If the system cannot duplicate it.
    pub fn writer(&self) -> UnixStream {
        self.line.try_clone().expect("a socket can be cloned")
    }

    /// Sends a request and returns the reply with its number.
    ///
    /// # Panics
    /// If no reply arrives in time.
    pub fn ask(&mut self, number: u16, request: &Request) -> Reply {
        self.send(&frame(Sender::Host, &(number, request)));
        let (replies, _) = self.replies_until(number);
        replies.into_iter().last().expect("the last reply is the awaited one").1
    }

    /// Returns all replies up to the first with `number`, and their total length in bytes.
    ///
    /// # Panics
    /// If that reply does not arrive in time, or if a frame is damaged.
    pub fn replies_until(&mut self, number: u16) -> (Vec<(u16, Reply)>, usize) {
        let (end, mut replies, mut bytes, mut len) = (Instant::now() + self.limit, Vec::new(), [0; 65536], 0);
        loop {
            assert!(Instant::now() < end, "no reply {number} within {:?}, after {} others", self.limit, replies.len());
            let read = match self.line.read(&mut bytes) {
                Err(error) if is_no_failure(error.kind()) => continue,
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

/// Whether a read with a time limit only has nothing yet: the limit passed, or a signal arrived.
fn is_no_failure(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
