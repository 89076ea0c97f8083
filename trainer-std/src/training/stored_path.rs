//! Paths in JSON: text, or an array of bytes for the paths of Unix that are not UTF-8.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Text(String),
    Bytes(Vec<u8>),
}

pub(super) fn serialize<S: Serializer>(path: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
    let stored = path.clone().map(|path| match path.into_os_string().into_string() {
        Ok(text) => Ok(Stored::Text(text)),
        Err(other) => bytes(other).ok_or_else(|| ser::Error::custom("the path is not Unicode")),
    });
    stored.transpose()?.serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    let stored = Option::<Stored>::deserialize(from)?;
    let path = stored.map(|stored| match stored {
        Stored::Text(text) => Ok(text.into()),
        Stored::Bytes(bytes) => path(bytes).ok_or_else(|| de::Error::custom("the path is one of another system")),
    });
    path.transpose()
}

#[cfg(unix)]
fn bytes(text: std::ffi::OsString) -> Option<Stored> {
    Some(Stored::Bytes(std::os::unix::ffi::OsStringExt::into_vec(text)))
}

#[cfg(unix)]
fn path(bytes: Vec<u8>) -> Option<PathBuf> {
    let text: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(bytes);
    Some(text.into())
}

#[cfg(not(unix))]
fn bytes(_text: std::ffi::OsString) -> Option<Stored> {
    None
}

#[cfg(not(unix))]
fn path(_bytes: Vec<u8>) -> Option<PathBuf> {
    None
}
