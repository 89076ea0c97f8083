//! Tables of numbers (CSV) that a run writes and reads back, and that something else may have changed in between.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result};

use crate::output::terminal;

/// The text of the table at `path`, which is empty if there is none. A file that is not as this program writes it, such
/// as one that a spreadsheet has saved, is set aside, and a message says so; then the text is empty too.
///
/// # Errors
/// If the file cannot be read or set aside.
pub(super) fn read(path: &Path, header: &str) -> Result<String> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(String::new()),
        bytes => bytes.with_context(|| format!("{} cannot be read", path.display()))?,
    };
    match String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()).and_then(|text| whole(text, header)) {
        Ok(text) => Ok(text),
        Err(reason) => set_aside(path, &reason).map(|()| String::new()),
    }
}

/// Renames the file at `path`, and says so.
///
/// # Errors
/// If it cannot be renamed.
pub(super) fn set_aside(path: &Path, reason: &str) -> Result<()> {
    let aside = free_name(path);
    fs::rename(path, &aside).with_context(|| format!("{} cannot be renamed", path.display()))?;
    let (path, aside) = (path.display(), aside.display());
    terminal::remark(format_args!(
        "{path} has been changed by another program ({reason}): it is now {aside}, and a new one is written"
    ));
    Ok(())
}

/// Whether the file at `path` has the content `expected`; none counts as empty.
pub(super) fn is(path: &Path, expected: &str) -> io::Result<bool> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(expected.is_empty()),
        bytes => Ok(bytes? == expected.as_bytes()),
    }
}

/// `text` without the part of a line that a killed program leaves at the end.
fn whole(mut text: String, header: &str) -> Result<String, String> {
    text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
    let columns = header.split(',').count();
    let is_number = |cell: &str| cell.is_empty() || cell.parse::<f64>().is_ok();
    for (index, line) in text.split_terminator('\n').enumerate() {
        let is_ours = match index {
            0 => line == header,
            _ => line.split(',').count() == columns && line.split(',').all(is_number),
        };
        if !is_ours {
            return Err(format!("line {}", index + 1));
        }
    }
    Ok(text)
}

/// A path beside `path` with a number in its name at which nothing exists.
fn free_name(path: &Path) -> PathBuf {
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, ending) = (part(path.file_stem()), part(path.extension()));
    let name = |number: u32| path.with_file_name(format!("{stem}-changed-{number}.{ending}"));
    (1..).map(name).find(|name| !name.exists()).expect("some number is free")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "epoch,d_loss,recall";

    /// What is read of a table with this content, and the content of the file it was set aside as, if any.
    fn read_back(content: &[u8]) -> (String, Option<Vec<u8>>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        fs::write(&path, content).unwrap();
        (read(&path, HEADER).unwrap(), fs::read(folder.path().join("metrics-changed-1.csv")).ok())
    }

    #[test]
    fn a_table_is_read_back_without_the_part_of_a_line_at_its_end() {
        let table = "epoch,d_loss,recall\n1,1.25,\n2,0.5,0.75\n";
        assert_eq!(read_back(table.as_bytes()), (table.to_owned(), None));
        assert_eq!(read_back(format!("{table}3,0.").as_bytes()), (table.to_owned(), None));
        assert_eq!(read_back(b""), (String::new(), None));
        assert_eq!(read_back(b"epo"), (String::new(), None));
    }

    #[test]
    fn a_table_that_another_program_has_saved_is_set_aside() {
        for changed in [
            "epoch;d_loss;recall\n1;1,25;\n",
            "\u{feff}epoch,d_loss,recall\n1,1.25,\n",
            "epoch,d_loss,recall\r\n1,1.25,\r\n",
            "epoch,d_loss,recall\n1,\"1,25\",\n",
            "epoch,d_loss,recall\n1,1.25\n",
            "epoch,d_loss\n1,1.25\n",
        ] {
            assert_eq!(read_back(changed.as_bytes()), (String::new(), Some(changed.as_bytes().to_vec())), "{changed}");
        }
        let utf16: Vec<u8> = "epoch,d_loss,recall\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read_back(&utf16), (String::new(), Some(utf16)));
        assert_eq!(read_back(b"epoch,d_loss,recall \xe9\n").0, "");
    }

    #[test]
    fn what_is_set_aside_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        for content in ["a", "b"] {
            fs::write(&path, content).unwrap();
            set_aside(&path, "line 1").unwrap();
        }
        let content = |number| fs::read(folder.path().join(format!("metrics-changed-{number}.csv"))).unwrap();
        assert_eq!((content(1), content(2), path.exists()), (b"a".to_vec(), b"b".to_vec(), false));
    }
}
