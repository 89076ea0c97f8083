//! Plain or gzipped, told apart by content: downloads are renamed more often than they are repacked.

use std::io::{self, Cursor, ErrorKind, Read};

use flate2::read::MultiGzDecoder;

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads the content of `source`, whether that is gzipped or not.
pub(crate) fn unpacked<'a>(mut source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut start = Vec::with_capacity(MAGIC.len());
    source.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
    let gzipped = start == MAGIC;
    let whole = Cursor::new(start).chain(source);
    Ok(if gzipped { Box::new(Gunzip(MultiGzDecoder::new(whole))) } else { Box::new(whole) })
}

/// A gzip decoder whose errors say that gzip is what is wrong.
struct Gunzip<R>(MultiGzDecoder<R>);

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(explain)
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
    fn a_wrong_checksum_is_an_error() {
        let mut packed = gzipped(b"some content");
        let checksum = packed.len() - 8;
        packed[checksum] ^= 1;
        let message = read(&packed).unwrap_err().to_string();
        assert!(message.contains("its gzip data are damaged"), "{message}");
    }
}
