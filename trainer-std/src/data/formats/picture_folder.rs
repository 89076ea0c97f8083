//! Pictures in a folder or a zip archive, in one folder for each class where there are classes.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, ensure};
use rayon::prelude::*;
use walkdir::WalkDir;

use super::picture_file::{self, decode, is_picture};
use super::{Found, MOST, Part, Pictures, Unusable};
use crate::data::location::{Container, explain, open_archive};
use crate::data::preparation::GreyImage;

/// Folders of the training part and of the test part, where a set has both.
const TRAINING: [&str; 2] = ["train", "training"];
const TEST: [&str; 5] = ["test", "testing", "val", "valid", "validation"];

/// Files with pictures, decoded when they are needed.
pub(in crate::data) struct PictureFiles {
    root: Container,
    /// Relative to the root.
    names: Vec<PathBuf>,
    animated: AtomicUsize,
}

/// The pictures in `root`; none if there is no file with the name of one.
///
/// # Errors
/// If there are too many, or `root` cannot be read.
pub(in crate::data) fn find(root: &Container) -> Result<Option<Found>> {
    let Listed { mut pictures, others, unreadable } = list(root)?;
    let count = pictures.len();
    ensure!(count <= MOST, "{} holds more than {MOST} pictures; train on a part of them", root.path().display());
    if count == 0 {
        return Ok(None);
    }
    pictures.sort_unstable();
    strip_common_folders(&mut pictures);
    let (training, test) = split(pictures);
    let names = classes(&training);
    let is_labelled = names.len() > 1;
    let mut remarks = unreadable;
    if others > 0 {
        remarks.push(format!("{others} other files in {} are left out", root.path().display()));
    }
    let mut part = |pictures: Vec<Named>| {
        let before = pictures.len();
        let kept: Vec<Named> =
            pictures.into_iter().filter(|of| !is_labelled || of.class().is_some_and(|c| names.contains(&c))).collect();
        if kept.len() < before {
            remarks.push(format!("{} pictures that are in no folder of a class are left out", before - kept.len()));
        }
        let class =
            |of: &Named| names.iter().position(|name| Some(name) == of.class().as_ref()).map(|class| class as i32);
        let labels = is_labelled.then(|| kept.iter().filter_map(class).collect());
        let files = PictureFiles {
            root: root.clone(),
            names: kept.into_iter().map(|of| of.whole).collect(),
            animated: AtomicUsize::new(0),
        };
        Part { pictures: Pictures::Files(files), labels }
    };
    let training = part(training);
    let test = (!test.is_empty()).then(|| part(test)).filter(|part| part.pictures.count() > 0);
    let place = match root {
        Container::Folder(_) => "folder",
        Container::Archive { .. } => "zip archive",
    };
    let what = match is_labelled {
        true => format!("{place} of pictures in {} folders", names.len()),
        false => format!("{place} of pictures"),
    };
    Ok(Some(Found { what, training, test, names: is_labelled.then_some(names), remarks, beside: None }))
}

/// A picture's name, of which leading folders are taken off one by one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    whole: PathBuf,
    /// What is left of it.
    rest: PathBuf,
}

impl Named {
    /// The first folder of what is left; none for a picture without one.
    fn class(&self) -> Option<String> {
        let mut parts = self.rest.components();
        let first = parts.next()?.as_os_str().to_string_lossy().into_owned();
        parts.next().map(|_| first)
    }

    fn depth(&self) -> usize {
        self.rest.components().count()
    }

    fn without_first(&self) -> Self {
        let rest = self.rest.components().skip(1).collect();
        Self { whole: self.whole.clone(), rest }
    }
}

/// Takes off folders that all pictures share, as long as folders are left below.
fn strip_common_folders(pictures: &mut Vec<Named>) {
    while let Some(first) = pictures.first().and_then(Named::class) {
        if !pictures.iter().all(|of| of.depth() > 2 && of.class().as_ref() == Some(&first)) {
            return;
        }
        *pictures = pictures.iter().map(Named::without_first).collect();
    }
}

/// The training part and the test part, if all pictures are in folders with such names.
fn split(pictures: Vec<Named>) -> (Vec<Named>, Vec<Named>) {
    let is_in = |of: &Named, folders: &[&str]| {
        of.class().is_some_and(|name| folders.contains(&name.to_ascii_lowercase().as_str()))
    };
    let has_parts = pictures.iter().any(|of| is_in(of, &TRAINING))
        && pictures.iter().all(|of| is_in(of, &TRAINING) || is_in(of, &TEST));
    if !has_parts {
        return (pictures, Vec::new());
    }
    let (training, test): (Vec<Named>, Vec<Named>) = pictures.into_iter().partition(|of| is_in(of, &TRAINING));
    let inside = |part: Vec<Named>| part.iter().map(Named::without_first).collect();
    (inside(training), inside(test))
}

/// The names of the folders of classes, in the order of their numbers if they are numbers.
fn classes(pictures: &[Named]) -> Vec<String> {
    let names: BTreeSet<String> = pictures.iter().filter_map(Named::class).collect();
    let mut names: Vec<String> = names.into_iter().collect();
    if names.iter().all(|name| name.parse::<u32>().is_ok()) {
        names.sort_by_key(|name| name.parse::<u32>().unwrap_or(0));
    }
    names
}

struct Listed {
    pictures: Vec<Named>,
    /// Number of files that are no pictures.
    others: usize,
    /// What could not be looked into.
    unreadable: Vec<String>,
}

impl Listed {
    /// Adds the file at this path below the root, unless it is in a hidden folder, such as .ipynb_checkpoints.
    fn add(&mut self, path: &Path) {
        let is_hidden = |part: &OsStr| part.to_string_lossy().starts_with('.');
        if path.parent().is_some_and(|folder| folder.iter().any(is_hidden)) {
            return;
        }
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        if is_picture(&name) {
            self.pictures.push(Named { whole: path.into(), rest: path.into() });
        } else if !name.starts_with('.') {
            self.others += 1;
        }
    }
}

fn list(root: &Container) -> Result<Listed> {
    let mut listed = Listed { pictures: Vec::new(), others: 0, unreadable: Vec::new() };
    match root {
        Container::Archive { names, .. } => names.iter().for_each(|name| listed.add(Path::new(name))),
        Container::Folder(folder) => walk(folder, &mut listed),
    }
    Ok(listed)
}

/// Lists a folder and all below it, one picture more than can be used at most.
fn walk(folder: &Path, listed: &mut Listed) {
    // Links are followed; one that leads back is an error of the crate.
    for entry in WalkDir::new(folder).follow_links(true) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                listed.add(entry.path().strip_prefix(folder).unwrap_or(entry.path()));
            }
            Ok(_) => {}
            Err(error) if listed.unreadable.len() < 3 => listed.unreadable.push(format!("left out: {error}")),
            Err(_) => {}
        }
        if listed.pictures.len() > MOST {
            return;
        }
    }
}

impl PictureFiles {
    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    /// How many of the pictures read so far had several frames.
    pub(in crate::data) fn animated(&self) -> usize {
        self.animated.load(Ordering::Relaxed)
    }

    pub(super) fn read<T: Send>(
        &self,
        indices: &[usize],
        then: impl Fn(GreyImage) -> T + Sync,
    ) -> Vec<Result<T, Unusable>> {
        let decoded = |index: usize, bytes: Result<Vec<u8>>| match bytes.and_then(|bytes| decode(&bytes)) {
            Ok(decoded) => {
                self.animated.fetch_add(decoded.is_animated.into(), Ordering::Relaxed);
                Ok(then(decoded.image))
            }
            Err(error) => {
                Err(Unusable { path: self.root.path().join(&self.names[index]), reason: format!("{error:#}") })
            }
        };
        match &self.root {
            Container::Folder(folder) => {
                let read = |index: usize| picture_file::read(File::open(folder.join(&self.names[index]))?);
                indices.par_iter().map(|&index| decoded(index, read(index))).collect()
            }
            // An archive is read by one thread.
            Container::Archive { path, .. } => {
                let members = self.read_members(path, indices);
                indices.par_iter().zip(members).map(|(&index, bytes)| decoded(index, bytes)).collect()
            }
        }
    }

    fn read_members(&self, archive: &Path, indices: &[usize]) -> Vec<Result<Vec<u8>>> {
        let mut archive = open_archive(archive);
        let mut read = |&index: &usize| {
            let archive = archive.as_mut().map_err(|error| anyhow::anyhow!("{error}"))?;
            let member = archive.by_name(&self.names[index].to_string_lossy()).map_err(explain)?;
            picture_file::read(member)
        };
        indices.iter().map(&mut read).collect()
    }
}
