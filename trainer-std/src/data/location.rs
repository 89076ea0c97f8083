//! Files, in folders or in zip archives.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

/// Bytes of the largest member of an archive that is unpacked: a bomb holds any number. EMNIST's largest has 0.6 GB.
const LARGEST: u64 = 2 << 30;

/// A file, or a member of a zip archive.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Location {
    File(PathBuf),
    Member { archive: PathBuf, name: String },
}

/// A folder, or a zip archive in place of one.
#[derive(Clone, Debug)]
pub(crate) enum Container {
    Folder(PathBuf),
    Archive { path: PathBuf, names: Vec<String> },
}

impl Location {
    /// What a path means: a file, or the member of an archive whose name follows that of the archive.
    ///
    /// # Errors
    /// If there is neither.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let missing = match path.metadata() {
            Ok(_) => return Ok(Self::File(path.into())),
            Err(error) => error,
        };
        let archive = path.ancestors().skip(1).find(|above| above.is_file()).ok_or(missing)?;
        // Names in archives have slashes on every system.
        let name = path.strip_prefix(archive).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let member = Self::Member { archive: archive.into(), name };
        member.open()?;
        Ok(member)
    }

    /// The content, from its beginning. A member of an archive is decompressed first.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Self::File(path) => Ok(Box::new(File::open(path)?)),
            Self::Member { archive, name } => Ok(Box::new(unpacked(archive, name)?)),
        }
    }

    /// The name without folders.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::File(path) => path.file_name().and_then(|name| name.to_str()).unwrap_or_default(),
            Self::Member { name, .. } => base(name),
        }
    }

    /// Where files that belong to this one are looked for.
    pub(crate) fn container(&self) -> io::Result<Container> {
        match self {
            Self::File(path) => Ok(Container::Folder(path.parent().unwrap_or(Path::new("")).into())),
            Self::Member { archive, .. } => Container::of_archive(archive),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Member { archive, name } => write!(f, "{}", archive.join(name).display()),
        }
    }
}

impl Container {
    /// The archive at `path`.
    ///
    /// # Errors
    /// If it is none or is damaged.
    pub(crate) fn of_archive(path: &Path) -> io::Result<Self> {
        let archive = open_archive(path)?;
        let is_file = |name: &str| !name.ends_with('/') && !name.starts_with("__MACOSX/");
        let names = archive.file_names().flatten().filter(|name| is_file(name));
        let mut names: Vec<String> = names.map(|name| name.into_owned()).collect();
        names.sort_unstable();
        Ok(Self::Archive { path: path.into(), names })
    }

    /// The file of this name, in whatever folder of an archive.
    pub(crate) fn find(&self, name: &str) -> Option<Location> {
        match self {
            Self::Folder(folder) => Some(folder.join(name)).filter(|path| path.is_file()).map(Location::File),
            Self::Archive { path, names } => names
                .iter()
                .find(|known| base(known) == name)
                .map(|name| Location::Member { archive: path.clone(), name: name.clone() }),
        }
    }

    /// The names of the files directly in a folder or anywhere in an archive, without folders.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Archive { names, .. } => names.iter().map(|name| base(name).to_owned()).collect(),
            Self::Folder(folder) => {
                let entries = fs::read_dir(folder).into_iter().flatten().flatten();
                let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
                names.sort_unstable();
                names
            }
        }
    }

    /// The path of the folder or the archive.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::Archive { path, .. } => path,
        }
    }
}

/// The part of a member's name behind its folders.
fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

pub(crate) fn open_archive(path: &Path) -> io::Result<ZipArchive<BufReader<File>>> {
    ZipArchive::new(BufReader::new(File::open(path)?)).map_err(explain)
}

/// What is wrong with an archive, and what to do.
pub(crate) fn explain(error: ZipError) -> io::Error {
    let sentence = match error {
        ZipError::Io(error) if error.kind() != ErrorKind::UnexpectedEof => return error,
        ZipError::FileNotFound => return io::Error::new(ErrorKind::NotFound, "the archive has no such file"),
        ZipError::UnsupportedArchive(what) => {
            format!("it is a zip archive of a kind that is not read ({what}); unpack it and give the folder")
        }
        error => format!("its zip data are damaged ({error}); fetch or copy it again"),
    };
    io::Error::new(ErrorKind::InvalidData, sentence)
}

/// The content of a member, decompressed into a temporary file that has no name: the crate's own reader borrows its archive.
fn unpacked(archive: &Path, name: &str) -> io::Result<File> {
    let mut archive = open_archive(archive)?;
    let member = archive.by_name(name).map_err(explain)?;
    let mut file = tempfile::tempfile()?;
    // What a header says of the size is not trusted.
    if io::copy(&mut member.take(LARGEST + 1), &mut file).map_err(|error| explain(error.into()))? > LARGEST {
        let sentence = format!("{name} in it is larger than {} GiB unpacked, so it is not read", LARGEST >> 30);
        return Err(io::Error::new(ErrorKind::InvalidData, sentence));
    }
    file.rewind()?;
    Ok(file)
}
