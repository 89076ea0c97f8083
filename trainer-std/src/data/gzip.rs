//! Plain or gzipped, told apart by content: downloads are renamed more often than they are repacked.

use std::io::{self, BufRead, BufReader, Chain, Cursor, ErrorKind, Read};

use flate2::bufread::GzDecoder;

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads the content of `source`, whether that is gzipped or not.
pub(crate) fn unpacked<'a>(source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let source = Peeked::new(BufReader::new(source))?;
    Ok(if source.starts_member { Box::new(Gunzip { member: Some(source.decoder()) }) } else { Box::new(source.bytes) })
}

/// A source behind its first bytes.
type Source<R> = Chain<Cursor<Vec<u8>>, R>;

/// A source whose first bytes were looked at.
struct Peeked<R> {
    bytes: Source<R>,
    starts_member: bool,
}

impl<R: BufRead> Peeked<R> {
    fn new(mut source: R) -> io::Result<Self> {
        let mut start = Vec::with_capacity(MAGIC.len());
        source.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
        Ok(Self { starts_member: start == MAGIC, bytes: Cursor::new(start).chain(source) })
    }

    fn decoder(self) -> GzDecoder<Source<R>> {
        GzDecoder::new(self.bytes)
    }
}

/// Decodes one gzip member after the other. Like gzip itself, it ignores zeros that fill up the file's end.
struct Gunzip<R> {
    /// None at the end.
    member: Option<GzDecoder<Source<R>>>,
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer).map_err(explain)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let member = self.member.take();
            self.member = member.map_or(Ok(None), |member| next_member(member.into_inner().into_inner().1))?;
        }
        Ok(0)
    }
}

/// The member that follows, if any.
fn next_member<R: BufRead>(source: R) -> io::Result<Option<GzDecoder<Source<R>>>> {
    let mut source = Peeked::new(source)?;
    if source.starts_member {
        return Ok(Some(source.decoder()));
    }
    match is_zeros(&mut source.bytes)? {
        true => Ok(None),
        false => Err(damaged("followed by other bytes")),
    }
}

fn is_zeros(source: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let buffer = source.fill_buf()?;
        let len = buffer.len();
        if len == 0 || buffer.iter().any(|&byte| byte != 0) {
            return Ok(len == 0);
        }
        source.consume(len);
    }
}

/// Keeps errors of the source below (a disk, a network) as they are.
fn explain(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::UnexpectedEof => damaged("cut short"),
        ErrorKind::InvalidInput | ErrorKind::InvalidData => damaged(&format!("damaged ({error})")),
        _ => error,
    }
}

fn damaged(how: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("its gzip data are {how}; fetch or copy it again"))
}

#[cfg(test)]
pub(crate) fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = flate2::read::GzEncoder::new(content, flate2::Compression::default());
    encoder.read_to_end(&mut packed).unwrap();
    packed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(source: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        unpacked(source)?.read_to_end(&mut content)?;
        Ok(content)
    }

    proptest! {
        #[test]
        fn plain_and_gzipped_content_reads_the_same(content: Vec<u8>) {
            prop_assume!(!content.starts_with(&MAGIC));
            prop_assert_eq!(&read(&content).unwrap(), &content);
            prop_assert_eq!(&read(&gzipped(&content)).unwrap(), &content);
        }

        #[test]
        fn cut_gzip_is_an_error(content: Vec<u8>, kept in 0.0..1.0) {
            let packed = gzipped(&content);
            let cut = MAGIC.len() + ((packed.len() - MAGIC.len()) as f64 * kept) as usize;
            let message = read(&packed[..cut]).unwrap_err().to_string();
            prop_assert!(message.contains("its gzip data are cut short"), "{}", message);
        }
    }

    #[test]
    fn members_one_after_the_other_are_one_content() {
        let packed = [&gzipped(b"one, ")[..], &gzipped(b""), &gzipped(b"two")].concat();
        assert_eq!(read(&packed).unwrap(), b"one, two");
        let cut = read(&packed[..packed.len() - 1]).unwrap_err().to_string();
        assert!(cut.contains("its gzip data are cut short"), "{cut}");
    }

    #[test]
    fn zeros_at_the_end_are_ignored_and_other_bytes_are_named() {
        for zeros in [1, 2, 100_000] {
            assert_eq!(read(&[gzipped(b"content"), vec![0; zeros]].concat()).unwrap(), b"content");
        }
        for tail in [&b"x"[..], b"more", b"\x1f", b"\0\0x", &[0, 0, 0x1f, 0x8b]] {
            let message = read(&[&gzipped(b"content"), tail].concat()).unwrap_err().to_string();
            assert!(message.contains("its gzip data are followed by other bytes"), "{tail:?}: {message}");
        }
    }

    #[test]
    fn a_wrong_checksum_is_an_error() {
        let mut packed = gzipped(b"some content");
        let checksum = packed.len() - 8;
        packed[checksum] ^= 1;
        let message = read(&packed).unwrap_err().to_string();
        assert!(message.contains("its gzip data are damaged"), "{message}");
    }
}
