//! The documents: what they link to and the files they name exist.

use pocketgan_tests::program::repository;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folders of the repository. A word that begins with one of them names a file.
const FOLDERS: [&str; 6] = ["core/", "docs/", "firmware/", "tests/", "trainer-std/", ".github/"];

/// The documents in the repository's folder and in docs/, with their texts.
fn documents() -> Vec<(PathBuf, String)> {
    let files = [repository(), repository().join("docs"), repository().join("firmware/models")]
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The targets of a Markdown text's links and pictures.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next())
}

/// The words of a text that name a file or a folder of the repository.
fn named_files(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || "`()[]|,;:\"'".contains(c));
    let files = words.filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)));
    // What a build makes, and patterns for several files.
    let files = files.filter(|word| !word.contains("/target/") && !word.contains(['*', '<', '{', '$']));
    files.map(|word| word.trim_end_matches(['.', '/']))
}

/// The anchors that GitHub gives to a text's headings.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let letters = |c: char| c.is_alphanumeric() || " -_".contains(c);
    headings.map(|heading| heading.to_lowercase().replace(|c| !letters(c), "").replace(' ', "-")).collect()
}

/// What is wrong with a link in a document; nothing if it leads somewhere or leaves the repository.
fn broken(document: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = if file.is_empty() { document.to_owned() } else { document.parent().unwrap().join(file) };
    if !path.exists() {
        return Some(format!("{}: there is no {link}", document.display()));
    }
    let is_missing = |text: String| !anchors(&text).iter().any(|known| known == anchor);
    (!anchor.is_empty() && is_missing(fs::read_to_string(&path).unwrap()))
        .then(|| format!("{}: there is no heading for {link}", document.display()))
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let documents = documents();
    let broken: Vec<_> =
        documents.iter().flat_map(|(document, text)| links(text).filter_map(|link| broken(document, link))).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_that_a_document_names_exists() {
    let missing: Vec<_> = documents()
        .iter()
        // The changelog names files of earlier versions.
        .filter(|(document, _)| !document.ends_with("CHANGELOG.md"))
        .flat_map(|(document, text)| {
            let missing = named_files(text).filter(|file| !repository().join(file).exists());
            missing.map(|file| format!("{}: there is no {file}", document.display())).collect::<Vec<_>>()
        })
        .collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_readme_has_at_most_a_thousand_words() {
    let words = fs::read_to_string(repository().join("README.md")).unwrap().split_whitespace().count();
    assert!(words <= 1000, "README.md has {words} words; details belong in docs/");
}
