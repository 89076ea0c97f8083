//! SHA-256 of bytes as they pass by, so that nothing is read twice to be checked.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// A reader that hashes what is read through it.
pub(crate) struct Hashed<R> {
    source: R,
    hasher: Sha256,
}

impl<R: Read> Hashed<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, hasher: Sha256::new() }
    }

    /// The SHA-256 of all bytes read so far.
    pub(crate) fn finish(self) -> [u8; 32] {
        self.hasher.finalize().into()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

/// Lower-case hexadecimal digits, as `sha256sum` prints them.
pub(crate) fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash that [`hex`] writes as `text`; none if it is no such text.
pub(crate) fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let (digits, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let byte = |&[high, low]: &[u8; 2]| {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        Some((digit(high)? << 4 | digit(low)?) as u8)
    };
    digits.iter().map(byte).collect::<Option<Vec<u8>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_as_it_was_written_and_nothing_else_is() {
        let hash = std::array::from_fn(|i| (i * 37) as u8);
        let text = hex(&hash);
        assert_eq!(parse_hex(&text), Some(hash));
        for bad in [
            "",
            &text[1..],
            &text[2..],
            &format!("{text}0"),
            &format!("{text}00"),
            &text.replace('2', "g"),
            &text.replacen("25", "é", 1),
        ] {
            assert_eq!(parse_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_hash_is_that_of_the_bytes_read() {
        let mut source = Hashed::new(&b"abc"[..]);
        io::copy(&mut source, &mut io::sink()).unwrap();
        // The first example of FIPS 180-2, appendix B.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&source.finish()), expected);
    }
}
