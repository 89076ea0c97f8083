//! Names of the classes of a set: from a file beside it, or known by its images.

use std::io::Read;

use super::classes::Classes;
use super::gzip::unpacked;
use super::hashed::hex;
use super::location::Location;
use anyhow::{Context, Result, ensure};

/// The file with a name in each line, that of class 0 first.
pub(crate) const FILE: &str = "labels.txt";
/// Bytes of the longest such file.
const LONGEST: u64 = 1 << 16;

/// A set whose files say nothing of names, by the SHA-256 of its training images.
const KNOWN: [(&str, [&str; 10]); 1] = [(
    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    // Those of its authors (Xiao, Rasul and Vollgraf 2017, "Fashion-MNIST").
    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
)];

/// The names that belong to the images in the file at `location`: those in a file beside it, or those of a known set.
///
/// # Errors
/// If there is such a file, and it has no names in it.
pub(super) fn find(location: &Location, sha256: &[u8; 32]) -> Result<Option<Classes>> {
    if let Some(names) = beside(location)? {
        return Classes::named(names).map(Some);
    }
    let sha256 = hex(sha256);
    let known = KNOWN.iter().find(|(known, _)| *known == sha256);
    known.map(|(_, names)| Classes::named(names.map(str::to_owned))).transpose()
}

/// The names in a file beside that at `location`.
pub(super) fn beside(location: &Location) -> Result<Option<Vec<String>>> {
    let container = location.container()?;
    if let Some(file) = container.find(FILE) {
        let names = read(&file)?.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        return checked(&file, names).map(Some);
    }
    let mapping = location.name().split("-train-").next().map(|set| format!("{set}-mapping.txt"));
    if let Some(file) = mapping.and_then(|name| container.find(&name)) {
        let names = read(&file)?.lines().filter_map(character).collect();
        return checked(&file, names).map(Some);
    }
    if let Some(file) = container.find("kmnist_classmap.csv") {
        let text = read(&file)?;
        let names = text.lines().skip(1).filter_map(|line| line.split(',').nth(2)).map(|name| name.trim().to_owned());
        return checked(&file, names.collect()).map(Some);
    }
    Ok(None)
}

/// The character in a line of EMNIST's files: the number of the class, then the codes of the characters in it.
fn character(line: &str) -> Option<String> {
    let code: u32 = line.split_whitespace().nth(1)?.parse().ok()?;
    char::from_u32(code).map(String::from)
}

fn checked(file: &Location, names: Vec<String>) -> Result<Vec<String>> {
    ensure!(!names.is_empty(), "{file} has no names of classes in it");
    Classes::named(names.clone()).with_context(|| file.to_string())?;
    Ok(names)
}

fn read(file: &Location) -> Result<String> {
    let mut text = String::new();
    let read = file.open().and_then(unpacked).and_then(|source| source.take(LONGEST).read_to_string(&mut text));
    read.with_context(|| format!("{file} cannot be read"))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::tempdir;

    /// The names that are found beside a file called `images`, in a folder with one other file.
    fn names(images: &str, file: &str, text: &str) -> Result<Option<Vec<String>>> {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join(file), text).unwrap();
        beside(&Location::File(folder.path().join(images)))
    }

    #[test]
    fn names_are_lines_or_the_characters_of_emnist_and_kmnist() {
        assert_eq!(names("x.csv", FILE, "cat\r\n dog \n\n").unwrap().unwrap(), ["cat", "dog"]);
        let emnist = "emnist-letters-train-images-idx3-ubyte.gz";
        assert_eq!(names(emnist, "emnist-letters-mapping.txt", "1 65 97\n2 66 98\n").unwrap().unwrap(), ["A", "B"]);
        assert_eq!(names(emnist, "emnist-digits-mapping.txt", "0 48\n").unwrap(), None);
        let kmnist = "index,codepoint,char\n0,U+304A,お\n1,U+304D,き\n";
        assert_eq!(names("train-images-idx3-ubyte", "kmnist_classmap.csv", kmnist).unwrap().unwrap(), ["お", "き"]);
    }

    #[test]
    fn a_file_without_names_or_with_equal_ones_is_an_error_that_names_it() {
        for (text, words) in [("\n", "has no names"), ("a\na\n", "two classes"), (&"x\n".repeat(70), "70 classes")] {
            let message = format!("{:#}", names("x.csv", FILE, text).unwrap_err());
            assert!(message.contains(FILE) && message.contains(words), "{message}");
        }
    }

    #[test]
    fn fashion_mnist_is_known_by_its_images() {
        let folder = tempdir().unwrap();
        let location = Location::File(folder.path().join("train-images-idx3-ubyte"));
        let sha256 = super::super::hashed::parse_hex(KNOWN[0].0).unwrap();
        assert_eq!(find(&location, &sha256).unwrap().unwrap().name(5), "Sandal");
        assert_eq!(find(&location, &[0; 32]).unwrap(), None);
    }
}
