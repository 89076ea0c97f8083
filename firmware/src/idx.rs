//! The header of MNIST's file format, in which pictures are sent as bytes.

/// Bytes of the header.
pub const HEADER: usize = 16;

/// The header of an idx3-ubyte stream: `count` pictures of `rows` x `columns` bytes follow.
///
/// Four big-endian words: 0x00000803 (unsigned bytes, three dimensions), then the dimensions.
pub fn header(count: u32, rows: u32, columns: u32) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    for (bytes, word) in header.chunks_exact_mut(4).zip([0x0803, count, rows, columns]) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    header
}
