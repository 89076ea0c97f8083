//! Files of labels: idx1-ubyte, as MNIST has them, and idx2-int, as QMNIST has them.
//!
//! idx1-ubyte is two big-endian words (magic, labels), then one byte a label. idx2-int is three (magic, labels, columns),
//! then for each label a row of big-endian words, of which the first is the class.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use pocketgan_core::train::classifier::CLASSES;

use super::gzip::unpacked;

const BYTES_MAGIC: u32 = 0x0801;
const INTS_MAGIC: u32 = 0x0c02;
/// Longer files are not read to their end; MNIST's have 60,008 bytes, QMNIST's 1.9 MB.
const MAX_BYTES: u64 = 64 << 20;

/// Why a file cannot be used as labels.
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
    #[error("it ends after {found} bytes, within its header; fetch or copy it again")]
    CutHeader { found: usize },
    #[error(
        "this is not a file of labels: it starts with {magic:#010x}, and those with {BYTES_MAGIC:#010x} (idx1-ubyte) or \
         {INTS_MAGIC:#010x} (idx2-int)"
    )]
    NotLabels { magic: u32 },
    #[error(
        "its header promises {count} labels, {expected} bytes in all, but it holds {found}; fetch or copy it again"
    )]
    Length { count: u32, expected: u64, found: u64 },
    #[error("there must be a label for each of the {images} images, but it holds {found}")]
    Count { images: usize, found: usize },
    #[error("label {index} is {label}; only sets of {CLASSES} classes, numbered from {first}, can be evaluated")]
    Class { index: usize, label: i32, first: i32 },
}

/// The labels of training images and of test images, each below [`CLASSES`]: classes numbered from 1 become those from 0.
///
/// # Errors
/// If a file is not one of labels, has not one for each image, or has other classes.
pub(crate) fn read_labels(training: (&Path, usize), test: (&Path, usize)) -> Result<[Vec<u8>; 2], LabelsError> {
    let [training_labels, test_labels] = [read_counted(training)?, read_counted(test)?];
    let first = first_class(&training_labels);
    let classes = |path: &Path, labels| classes_from(first, labels).map_err(|problem| error(path, problem));
    Ok([classes(training.0, training_labels)?, classes(test.0, test_labels)?])
}

fn error(path: &Path, problem: Problem) -> LabelsError {
    LabelsError { path: path.into(), problem }
}

/// The labels in a file that must have `images` of them.
fn read_counted((path, images): (&Path, usize)) -> Result<Vec<i32>, LabelsError> {
    let labels = read(path).and_then(|labels| match labels.len() == images {
        true => Ok(labels),
        false => Err(Problem::Count { images, found: labels.len() }),
    });
    labels.map_err(|problem| error(path, problem))
}

fn read(path: &Path) -> Result<Vec<i32>, Problem> {
    let mut file = Vec::new();
    File::open(path).and_then(unpacked)?.take(MAX_BYTES).read_to_end(&mut file)?;
    let word = |index: usize| match file.as_chunks().0.get(index) {
        Some(bytes) => Ok(u32::from_be_bytes(*bytes)),
        None => Err(Problem::CutHeader { found: file.len() }),
    };
    let (magic, count) = (word(0)?, word(1)?);
    let (header, row) = match magic {
        BYTES_MAGIC => (8, 1),
        INTS_MAGIC => (12, (word(2)?.max(1) as usize).saturating_mul(4)),
        _ => return Err(Problem::NotLabels { magic }),
    };
    let (found, expected) =
        (file.len() as u64, u64::from(count).saturating_mul(row as u64).saturating_add(header as u64));
    if found != expected {
        return Err(Problem::Length { count, expected, found });
    }
    Ok(file[header..].chunks(row).map(first_column).collect())
}

/// The first number of a row of words, or the only byte of it.
fn first_column(row: &[u8]) -> i32 {
    row.first_chunk().map_or_else(|| row[0].into(), |word| i32::from_be_bytes(*word))
}

/// The lowest class of these training labels: 1 if all ten from there on occur, or else 0.
fn first_class(labels: &[i32]) -> i32 {
    let (lowest, highest) = (labels.iter().min(), labels.iter().max());
    i32::from(lowest == Some(&1) && highest == Some(&(CLASSES as i32)))
}

fn classes_from(first: i32, labels: Vec<i32>) -> Result<Vec<u8>, Problem> {
    let class = |(index, label): (usize, i32)| match label.checked_sub(first).and_then(|class| class.try_into().ok()) {
        Some(class) if usize::from(class) < CLASSES => Ok(class),
        _ => Err(Problem::Class { index, label, first }),
    };
    labels.into_iter().enumerate().map(class).collect()
}

#[cfg(test)]
mod tests;
