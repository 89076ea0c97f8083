//! SHA-256 checksums as hexadecimal text in JSON, for `#[serde(with = ...)]`.

use serde::{Deserialize, Deserializer, Serializer, de};

use super::hashed::{hex, parse_hex};

pub(crate) fn serialize<S: Serializer>(hash: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&hex(hash))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
    let text = String::deserialize(from)?;
    parse_hex(&text).ok_or_else(|| de::Error::custom("a SHA-256 is 64 hexadecimal digits"))
}
