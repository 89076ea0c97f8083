//! Files of labels: idx1-ubyte, as MNIST has them, and idx2-int, as QMNIST has them.
//!
//! idx1-ubyte is two big-endian words (magic, labels), then one byte a label. idx2-int is three (magic, labels, columns),
//! then for each label a row of big-endian words, of which the first is the class.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read};

use pocketgan_core::infer::model::{DIGITS, MAX_CLASSES};

use super::classes::Classes;
use super::gzip::unpacked;
use super::location::Location;

const BYTES_MAGIC: u32 = 0x0801;
const INTS_MAGIC: u32 = 0x0c02;
/// Longer files are not read to their end; MNIST's have 60,008 bytes, QMNIST's 1.9 MB.
const MAX_BYTES: u64 = 64 << 20;

/// Why a file cannot be used as labels.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub(crate) struct LabelsError {
    path: String,
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
    #[error("{0}")]
    Class(#[from] ClassError),
}

/// Labels that are no classes.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum ClassError {
    #[error("label {index} is {label}; the classes are numbered from {first} to {last}")]
    OutOfRange { index: usize, label: i32, first: i32, last: i32 },
    #[error("label {index} is {label}; a label is 0 or more")]
    Negative { index: usize, label: i32 },
    #[error("there are {count} different labels, and at most {MAX_CLASSES} classes can be told apart")]
    TooMany { count: usize },
}

/// The labels of training images and of test images, from their files.
///
/// # Errors
/// If a file is not one of labels, or has not one for each image.
pub(crate) fn read_labels(
    training: (&Location, usize),
    test: (&Location, usize),
    names: Option<Classes>,
) -> Result<Labels, LabelsError> {
    let [training_labels, test_labels] = [read_counted(training)?, read_counted(test)?];
    let labels = Labels::of(&training_labels, &test_labels, names);
    labels.map_err(|(of, problem)| error([training.0, test.0][of as usize], problem.into()))
}

/// The labels of a set of images.
#[derive(Clone, Debug)]
pub(crate) struct Labels {
    /// Each below the number of classes, from 0 on.
    pub(crate) training: Vec<u8>,
    pub(crate) test: Vec<u8>,
    pub(crate) classes: Classes,
}

/// A part of a set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PartName {
    Training,
    Test,
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Training => "training",
            Self::Test => "test",
        })
    }
}

impl Labels {
    /// These labels as numbers from 0 on. With `names` they are numbers of those, which may begin at 1; without, each number
    /// that an image has is a class.
    ///
    /// # Errors
    /// If a label is no class, with the part it is in.
    pub(crate) fn of(training: &[i32], test: &[i32], names: Option<Classes>) -> Result<Self, (PartName, ClassError)> {
        match names {
            Some(classes) => {
                let (first, count) = (first_class(training), classes.count());
                let [training, test] = each([training, test], |labels| classes_from(first, count, labels))?;
                Ok(Self { training, test, classes })
            }
            None => {
                let [training, test] = each([training, test], numbers)?;
                let known: BTreeSet<u32> = training.iter().chain(&test).copied().collect();
                let known: Vec<u32> = known.into_iter().collect();
                if known.len() > MAX_CLASSES {
                    return Err((PartName::Training, ClassError::TooMany { count: known.len() }));
                }
                let classes = |numbers: &[u32]| {
                    numbers.iter().map(|number| known.partition_point(|other| other < number) as u8).collect()
                };
                Ok(Self { training: classes(&training), test: classes(&test), classes: Classes::numbered(&known) })
            }
        }
    }

    /// The same with `copies` of each training label, one after the other.
    pub(crate) fn repeated(self, copies: u16) -> Self {
        let training = self.training.iter().flat_map(|&label| std::iter::repeat_n(label, copies.into())).collect();
        Self { training, ..self }
    }
}

fn error(location: &Location, problem: Problem) -> LabelsError {
    LabelsError { path: location.to_string(), problem }
}

/// The labels in a file that must have `images` of them.
fn read_counted((location, images): (&Location, usize)) -> Result<Vec<i32>, LabelsError> {
    let labels = read(location).and_then(|labels| match labels.len() == images {
        true => Ok(labels),
        false => Err(Problem::Count { images, found: labels.len() }),
    });
    labels.map_err(|problem| error(location, problem))
}

fn read(location: &Location) -> Result<Vec<i32>, Problem> {
    let mut file = Vec::new();
    location.open().and_then(unpacked)?.take(MAX_BYTES).read_to_end(&mut file)?;
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

/// What `of` makes of the labels of both parts, training images first.
fn each<T>(
    [training, test]: [&[i32]; 2],
    of: impl Fn(&[i32]) -> Result<T, ClassError>,
) -> Result<[T; 2], (PartName, ClassError)> {
    let training = of(training).map_err(|error| (PartName::Training, error))?;
    Ok([training, of(test).map_err(|error| (PartName::Test, error))?])
}

/// The number of the first name, by these training labels: 1 if that is the lowest of ten or more, or else 0.
fn first_class(labels: &[i32]) -> i32 {
    let (lowest, highest) = (labels.iter().min(), labels.iter().max());
    i32::from(lowest == Some(&1) && highest.is_some_and(|&highest| highest >= DIGITS as i32))
}

fn classes_from(first: i32, count: usize, labels: &[i32]) -> Result<Vec<u8>, ClassError> {
    let last = first + count as i32 - 1;
    let class = |(index, &label): (usize, &i32)| match (first..=last).contains(&label) {
        true => Ok((label - first) as u8),
        false => Err(ClassError::OutOfRange { index, label, first, last }),
    };
    labels.iter().enumerate().map(class).collect()
}

fn numbers(labels: &[i32]) -> Result<Vec<u32>, ClassError> {
    let number = |(index, &label): (usize, &i32)| label.try_into().map_err(|_| ClassError::Negative { index, label });
    labels.iter().enumerate().map(number).collect()
}

#[cfg(test)]
mod tests;
