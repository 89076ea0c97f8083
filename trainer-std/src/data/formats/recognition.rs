//! Which form a path has: by its content, not by its name.

use std::io::Read;

use anyhow::{Context, Result};

use super::picture_file::is_picture;
use crate::data::file_set::{FileSet, Role};
use crate::data::foreign::ForeignFormat;
use crate::data::gzip::unpacked;
use crate::data::location::{Container, Location};

/// Bytes that are looked at.
const START: u64 = 512;
/// Bytes of an unknown file that are shown.
const SHOWN: usize = 8;

/// A form of pictures.
#[derive(Debug)]
pub(in crate::data) enum Form {
    /// IDX files, of which these are the training images.
    Idx(Location),
    /// An array of NumPy.
    Array(Location),
    /// Arrays or pictures.
    Container(Container),
    /// A table of pixels.
    Table(Location),
    /// One picture, which is not enough.
    Picture,
    /// None of the others, and what to say of it.
    Unknown(String),
}

/// The form of what is at `location`.
///
/// # Errors
/// If it cannot be read.
pub(in crate::data) fn of_file(location: Location) -> Result<Form> {
    let start = start(&location).with_context(|| format!("{location} cannot be read"))?;
    Ok(match &start[..] {
        [b'P', b'K', 3..=8, ..] => of_archive(&location)?,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Form::Array(location),
        [0, 0, ..] => Form::Idx(location),
        start if ForeignFormat::of(start).is_none() && is_table(start) => Form::Table(location),
        _ if is_picture(location.name()) => Form::Picture,
        start => Form::Unknown(unknown(start)),
    })
}

fn start(location: &Location) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    unpacked(location.open()?)?.take(START).read_to_end(&mut start)?;
    Ok(start)
}

/// A sentence about a file of an unknown form, of which this is the start.
fn unknown(start: &[u8]) -> String {
    match ForeignFormat::of(start) {
        _ if start.is_empty() => "it is empty".into(),
        Some(format) => format.instead_of_pictures(),
        None => format!(
            "it begins with \"{}\", as nothing does that can be read; give a folder or a zip archive of pictures, a .npz, .npy \
             or .csv file, or MNIST's IDX files",
            start[..start.len().min(SHOWN)].escape_ascii()
        ),
    }
}

/// Whether text has numbers with commas.
fn is_table(start: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(start).or_else(|error| std::str::from_utf8(&start[..error.valid_up_to()]))
    else {
        return false;
    };
    let is_short = text.len() + 4 < start.len();
    let has_markup = text.trim_start().starts_with('<');
    !is_short && !has_markup && text.contains(',') && !text.contains('\0')
}

fn of_archive(location: &Location) -> Result<Form> {
    let Location::File(path) = location else { return Ok(Form::Idx(location.clone())) };
    let container = Container::of_archive(path).with_context(|| path.display().to_string())?;
    if let Some(images) = training_images(&container)? {
        return Ok(Form::Idx(images));
    }
    Ok(match table_in(&container) {
        Some(table) => Form::Table(table),
        None => Form::Container(container),
    })
}

/// The training images of the set of IDX files in a folder or an archive.
///
/// # Errors
/// If there are several sets.
pub(in crate::data) fn training_images(container: &Container) -> Result<Option<Location>> {
    // Under MNIST's names there is one set in a folder at most; EMNIST comes with six.
    if let Some(file) = FileSet::mnist().find(Role::TrainingImages, container) {
        return Ok(Some(file));
    }
    let mut files: Vec<Location> = FileSet::all().filter_map(|set| set.find(Role::TrainingImages, container)).collect();
    match (files.pop(), files.is_empty()) {
        (file, true) => Ok(file),
        (Some(file), false) => {
            let container = container.path().display();
            anyhow::bail!("{container} holds several sets of images; name one file, such as {file}")
        }
        (None, false) => Ok(None),
    }
}

/// The table of an archive or a folder: the one that is called `train.csv` or so, or the only one.
pub(in crate::data) fn table_in(container: &Container) -> Option<Location> {
    let tables: Vec<String> = container.names().into_iter().filter(|name| name.ends_with(".csv")).collect();
    let training = tables.iter().find(|name| name.contains("train"));
    let only = tables.first().filter(|_| tables.len() == 1);
    container.find(training.or(only)?)
}
