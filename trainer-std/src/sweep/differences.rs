//! What differs between two settings of the training options.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::training::options::Settings;

/// The fields in which `found` differs from `expected`, as in `config.json`, in one line.
///
/// # Errors
/// If a value cannot be written as JSON.
pub(super) fn of(found: &Settings, expected: &Settings) -> Result<String> {
    let (found, expected) = (fields(found)?, fields(expected)?);
    let differing = found.iter().filter(|&(name, value)| expected.get(name) != Some(value));
    let words = differing.map(|(name, value)| {
        format!("{name} is {value} there and {} here", expected.get(name).unwrap_or(&Value::Null))
    });
    Ok(words.collect::<Vec<_>>().join(", "))
}

fn fields(settings: &Settings) -> Result<Map<String, Value>> {
    let recipe = object(&settings.recipe)?;
    Ok(recipe.into_iter().chain(object(&settings.schedule)?).collect())
}

/// By way of the text, in which an f32 has its own digits.
fn object(value: &impl Serialize) -> Result<Map<String, Value>> {
    Ok(serde_json::from_str(&serde_json::to_string(value)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::recipe::Recipe;
    use crate::training::schedule::Schedule;

    #[test]
    fn every_differing_field_is_named_with_both_values() {
        let plain = Settings { recipe: Recipe::PLAIN, schedule: Schedule::PLAIN };
        let recipe = Recipe { ema: 0.999, ..Recipe::PLAIN };
        let other = Settings { recipe, schedule: Schedule::BEST };
        assert_eq!(of(&plain, &other).unwrap(), "best is false there and true here, ema is 0.0 there and 0.999 here");
    }
}
