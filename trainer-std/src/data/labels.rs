//! idx1-ubyte, MNIST's file format for labels: two big-endian words (magic, labels), then one byte a label.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use pocketgan_core::train::classifier::CLASSES;

use super::gzip::unpacked;

const MAGIC: u32 = 0x0801;
const HEADER_BYTES: usize = 8;
/// Longer files are not read to their end; MNIST's have 60,008 bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Why a file is no set of labels.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub(crate) struct LabelsError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("it ends after {found} bytes, and its header alone takes {HEADER_BYTES}; fetch or copy it again")]
    CutHeader { found: usize },
    #[error("this is not a file of labels: it starts with {magic:#010x}, and those with {MAGIC:#010x}")]
    NotLabels { magic: u32 },
    #[error("its header promises {count} labels, but it holds {found}; fetch or copy it again")]
    Length { count: u32, found: usize },
    #[error("there must be a label for each of the {images} images, but it holds {found}")]
    Count { images: usize, found: usize },
    #[error("label {index} is {label}; labels are below {CLASSES}")]
    Class { index: usize, label: u8 },
}

/// Reads the labels of `images` images, plain or gzipped; each is below [`CLASSES`].
pub(crate) fn read_labels(path: &Path, images: usize) -> Result<Vec<u8>, LabelsError> {
    let labels = read(path).and_then(|labels| check(labels, images));
    labels.map_err(|problem| LabelsError { path: path.into(), problem })
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut file = Vec::new();
    File::open(path).and_then(unpacked)?.take(MAX_BYTES).read_to_end(&mut file)?;
    let Some(([magic, count], labels)) = split_header(&file) else {
        return Err(Problem::CutHeader { found: file.len() });
    };
    match count as usize == labels.len() {
        _ if magic != MAGIC => Err(Problem::NotLabels { magic }),
        true => Ok(labels.to_vec()),
        false => Err(Problem::Length { count, found: labels.len() }),
    }
}

/// The header's words, and what follows.
fn split_header(file: &[u8]) -> Option<([u32; 2], &[u8])> {
    let (header, labels) = file.split_first_chunk::<HEADER_BYTES>()?;
    let (magic, count) = (header.first_chunk()?, header.last_chunk()?);
    Some(([magic, count].map(|word| u32::from_be_bytes(*word)), labels))
}

fn check(labels: Vec<u8>, images: usize) -> Result<Vec<u8>, Problem> {
    if labels.len() != images {
        return Err(Problem::Count { images, found: labels.len() });
    }
    match labels.iter().position(|&label| usize::from(label) >= CLASSES) {
        Some(index) => Err(Problem::Class { index, label: labels[index] }),
        None => Ok(labels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::gzip::gzipped;
    use proptest::prelude::*;

    fn idx(labels: &[u8]) -> Vec<u8> {
        [&MAGIC.to_be_bytes(), &(labels.len() as u32).to_be_bytes(), labels].concat()
    }

    fn read(content: &[u8], images: usize) -> Result<Vec<u8>, LabelsError> {
        let file = tempfile::NamedTempFile::with_prefix("given-").unwrap();
        std::fs::write(file.path(), content).unwrap();
        read_labels(file.path(), images)
    }

    #[track_caller]
    fn assert_refused(content: &[u8], words: &str) {
        let message = read(content, 3).unwrap_err().to_string();
        assert!(message.contains("given-") && message.contains(words), "expected {words:?} in: {message}");
    }

    proptest! {
        #[test]
        fn labels_are_read_gzipped_or_not(labels in proptest::collection::vec(0u8..10, 0..50)) {
            prop_assert_eq!(&read(&idx(&labels), labels.len()).unwrap(), &labels);
            prop_assert_eq!(&read(&gzipped(&idx(&labels)), labels.len()).unwrap(), &labels);
        }

        #[test]
        fn whatever_the_bytes_there_is_no_panic(content: Vec<u8>) {
            prop_assert!(read(&content, 3).is_err());
        }
    }

    #[test]
    fn what_is_no_labels_is_refused_with_expected_and_found() {
        assert_refused(b"", "ends after 0 bytes");
        assert_refused(&[0, 0, 8, 3, 0, 0, 0, 3, 1, 2, 3], "starts with 0x00000803, and those with 0x00000801");
        assert_refused(&idx(&[1, 2, 3])[..10], "promises 3 labels, but it holds 2");
        assert_refused(&[&idx(&[1, 2, 3])[..], &[4]].concat(), "promises 3 labels, but it holds 4");
        assert_refused(&idx(&[1, 2]), "each of the 3 images, but it holds 2");
        assert_refused(&idx(&[1, 10, 2]), "label 1 is 10; labels are below 10");
    }
}
