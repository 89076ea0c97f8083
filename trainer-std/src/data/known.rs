//! The files of MNIST, known by their content.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Result, ensure};

use super::hashed::{Hashed, hex};
use crate::output::files::write_whole_with;

/// A file and how to tell that it is the right one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KnownFile {
    pub(crate) name: &'static str,
    pub(crate) bytes: u64,
    pub(crate) sha256: &'static str,
}

pub(crate) const TRAINING_IMAGES: KnownFile = KnownFile {
    name: "train-images-idx3-ubyte",
    bytes: 47_040_016,
    sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
};

/// All of MNIST, the training images first.
pub(crate) const MNIST: [KnownFile; 4] = [
    TRAINING_IMAGES,
    KnownFile {
        name: "train-labels-idx1-ubyte",
        bytes: 60_008,
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    KnownFile {
        name: "t10k-images-idx3-ubyte",
        bytes: 7_840_016,
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    KnownFile {
        name: "t10k-labels-idx1-ubyte",
        bytes: 10_008,
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

impl KnownFile {
    /// Whether `folder` holds this file, undamaged.
    pub(crate) fn is_in(&self, folder: &Path) -> bool {
        let hash = File::open(folder.join(self.name)).and_then(|file| {
            let mut file = Hashed::new(file);
            io::copy(&mut file, &mut io::sink())?;
            Ok(file.finish())
        });
        hash.is_ok_and(|hash| hex(&hash) == self.sha256)
    }

    /// Writes `content` into `folder` as this file, but only if that is what it turns out to be.
    pub(crate) fn store(&self, folder: &Path, content: impl Read) -> Result<()> {
        write_whole_with(&folder.join(self.name), |out| {
            // One byte more than due shows a longer file, and no source can fill the disk.
            let mut content = Hashed::new(content.take(self.bytes + 1));
            let found = io::copy(&mut content, out)?;
            self.check(found, &hex(&content.finish()))
        })
    }

    fn check(&self, bytes: u64, sha256: &str) -> Result<()> {
        let due = self.bytes;
        ensure!(bytes >= due, "what came is cut: {bytes} bytes of {due}");
        ensure!(bytes == due, "what came is longer than the {due} bytes expected");
        ensure!(sha256 == self.sha256, "what came has SHA-256 {sha256}, and {} is expected", self.sha256);
        Ok(())
    }
}

/// The `files` that `folder` does not hold, or not undamaged.
pub(crate) fn missing<'a>(folder: &Path, files: &'a [KnownFile]) -> Vec<&'a KnownFile> {
    files.iter().filter(|file| !file.is_in(folder)).collect()
}
