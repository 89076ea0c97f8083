//! A file of a newer version may have options that this one would silently leave out.

use anyhow::{Result, bail};
use serde_json::Value;

/// # Errors
/// If the object `given` has a key that `known` has not; the message names it.
pub(super) fn reject_unknown_keys(given: &Value, known: &Value) -> Result<()> {
    let unknown = given.as_object().into_iter().flatten().find(|(key, _)| known.get(key).is_none());
    match unknown {
        Some((key, _)) => bail!("it has {key:?}, which this version of the program does not know"),
        None => Ok(()),
    }
}
