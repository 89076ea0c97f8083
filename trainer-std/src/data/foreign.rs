//! Recognises files of other formats by their first bytes, to say what they are and what to do about them.

use std::fmt;

use pocketgan_core::infer::model::format;

/// Bytes in which a format is looked for: a web page may begin with blank lines, a zip archive with any member.
const SEARCHED: usize = 1024;

/// A format that is given to this program by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForeignFormat {
    PyTorch,
    Pickle,
    Keras,
    Hdf5,
    Matlab,
    Parquet,
    Npz,
    Npy,
    Zip,
    Tar,
    Gzip,
    WebPage,
    LfsPointer,
    Safetensors,
    Model,
    Checkpoint,
}

impl ForeignFormat {
    /// The format of a file that begins with `bytes`, if it is one of these.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let bytes = &bytes[..bytes.len().min(SEARCHED)];
        Some(match bytes {
            [b'P', b'K', 3, 4, ..] => Self::of_zip(bytes),
            [0x80, 2..=5, ..] => Self::Pickle,
            [0x1f, 0x8b, ..] => Self::Gzip,
            [_, _, _, _, _, 0, 0, 0, b'{', ..] => Self::Safetensors,
            _ if bytes.starts_with(b"\x89HDF\r\n\x1a\n") => Self::Hdf5,
            _ if bytes.starts_with(b"MATLAB ") => Self::Matlab,
            _ if bytes.starts_with(b"PAR1") => Self::Parquet,
            _ if bytes.starts_with(b"\x93NUMPY") => Self::Npy,
            _ if bytes.get(257..).is_some_and(|rest| rest.starts_with(b"ustar")) => Self::Tar,
            _ if bytes.starts_with(&format::MAGIC) => Self::Model,
            _ if bytes.starts_with(b"pgckpt") => Self::Checkpoint,
            _ if bytes.starts_with(b"version https://git-lfs.github.com/") => Self::LfsPointer,
            _ if is_web_page(bytes) => Self::WebPage,
            _ => return None,
        })
    }

    /// What a zip archive holds, by the names of its first members.
    fn of_zip(bytes: &[u8]) -> Self {
        let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        if has(b"data.pkl") {
            Self::PyTorch
        } else if has(b"model.weights.h5") || has(b"metadata.json") {
            Self::Keras
        } else if has(b".npy") {
            Self::Npz
        } else {
            Self::Zip
        }
    }
}

fn is_web_page(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins_with = |tag: &[u8]| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body"].into_iter().any(begins_with)
}

impl ForeignFormat {
    /// A sentence for those who give it as pictures: what the file is, and what to do.
    pub(crate) fn instead_of_pictures(self) -> String {
        match self {
            Self::PyTorch | Self::Pickle | Self::Keras | Self::Hdf5 | Self::Matlab | Self::Parquet => format!(
                "it is {}; load it in Python, save its pictures by numpy.savez(\"images.npz\", x_train=..., y_train=...), and \
                 give that",
                self.name()
            ),
            Self::Npz | Self::Npy => format!("it is {}; give it alone", self.name()),
            _ => self.to_string(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::PyTorch => "a PyTorch file (a zip archive with a pickle)",
            Self::Pickle => "a Python pickle, for example an old PyTorch file",
            Self::Keras => "a Keras model",
            Self::Hdf5 => "an HDF5 file, for example of Keras",
            Self::Matlab => "a MATLAB file",
            Self::Parquet => "a Parquet table",
            Self::Npz | Self::Npy => "a file of NumPy arrays",
            Self::Zip => "a zip archive",
            Self::Tar => "a tar archive",
            Self::Gzip => "compressed by gzip",
            Self::WebPage => "a web page, probably an error page or the page of a file in place of the file",
            Self::LfsPointer => "only a pointer of git-LFS",
            Self::Safetensors => "a safetensors file",
            Self::Model => "a model file already",
            Self::Checkpoint => "a checkpoint of a training",
        }
    }

    /// What to do for those who have weights in it.
    fn advice(self) -> &'static str {
        match self {
            Self::PyTorch => {
                "save the weights in Python by safetensors.torch.save_file(model.state_dict(), \"model.safetensors\"), and \
                 import that"
            }
            Self::Pickle => "load it in Python, save the weights by safetensors.torch.save_file, and import that",
            Self::Keras | Self::Hdf5 | Self::Matlab | Self::Parquet => {
                "load it in Python, save the weights by safetensors.numpy.save_file, and import that"
            }
            Self::Npz | Self::Npy => "save them in Python by safetensors.numpy.save_file, and import that",
            Self::Zip | Self::Tar => "unpack it and give what is in it",
            Self::Gzip => "unpack it by gunzip first",
            Self::WebPage => "download it again",
            Self::LfsPointer => "get the file itself by git lfs pull",
            Self::Safetensors => "`pocketgan import` makes a model file of it",
            Self::Model => "`pocketgan inspect` shows what is in it",
            Self::Checkpoint => "`pocketgan export` makes a model file of it",
        }
    }
}

/// A sentence: what the file is, and what to do.
impl fmt::Display for ForeignFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is {}; {}", self.name(), self.advice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised_by_their_first_bytes() {
        for (bytes, format) in [
            (&b"PK\x03\x04\0\0\x08\x08\0\0\0\0archive/data.pklFB"[..], ForeignFormat::PyTorch),
            (b"\x80\x02\x8a\nl\xfc\x9cF\xf9", ForeignFormat::Pickle),
            (b"PK\x03\x04\x14\0metadata.json", ForeignFormat::Keras),
            (b"PK\x03\x04\x14\0arr_0.npy", ForeignFormat::Npz),
            (b"PK\x03\x04\x14\0readme.txt", ForeignFormat::Zip),
            (b"\x89HDF\r\n\x1a\n\0\0", ForeignFormat::Hdf5),
            (b"MATLAB 5.0 MAT-file, Platform", ForeignFormat::Matlab),
            (b"PAR1\x15\x04", ForeignFormat::Parquet),
            (b"\x93NUMPY\x01\0", ForeignFormat::Npy),
            (&[&[b'a'; 257][..], b"ustar"].concat(), ForeignFormat::Tar),
            (b"\x1f\x8b\x08\0", ForeignFormat::Gzip),
            (b"<!DOCTYPE html><html>", ForeignFormat::WebPage),
            (b"\xef\xbb\xbf\n\n  <HTML lang=en>", ForeignFormat::WebPage),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:12", ForeignFormat::LfsPointer),
            (b"\x10\x02\0\0\0\0\0\0{\"layers.0.bias\":", ForeignFormat::Safetensors),
            (b"\x89pgan\r\n\x1a\x05\0", ForeignFormat::Model),
            (b"pgckpt\r\n", ForeignFormat::Checkpoint),
        ] {
            assert_eq!(ForeignFormat::of(bytes), Some(format), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn other_files_are_not_recognised() {
        for bytes in [&b""[..], b"P", b"PK", b"\0\0\x08\x03\0\0\xea\x60", b"hello", b"<htm", &[0; 2000]] {
            assert_eq!(ForeignFormat::of(bytes), None, "{}", bytes.escape_ascii());
        }
    }
}
