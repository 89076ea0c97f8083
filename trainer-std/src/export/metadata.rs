//! The metadata of a model: where its weights come from, as JSON in the files that this program writes.
//!
//! Readers ignore keys that they do not know and take the default of options that are missing, so an option of training
//! can be added without a new version of any format.

use pocketgan_core::infer::model::Model;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::preparation::Preparation;
use crate::data::{parse_hex, sha256_field};
use crate::training::recipe::Recipe;

/// What a model file says about its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    /// Version of the program that wrote the file.
    program: String,
    /// How the weights were trained; `None` if another program trained them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provenance: Option<Provenance>,
}

/// The training that weights come from: enough to repeat it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Provenance {
    /// Completed epochs.
    pub(crate) epochs: u32,
    /// Completed steps.
    pub(crate) steps: u64,
    /// SHA-256 of the unpacked file of training images.
    #[serde(with = "sha256_field")]
    pub(crate) data_sha256: [u8; 32],
    pub(crate) recipe: Recipe,
}

impl Metadata {
    /// The metadata of a file that this program writes now.
    pub(crate) fn new(provenance: Option<Provenance>) -> Self {
        Self { program: env!("CARGO_PKG_VERSION").to_owned(), provenance }
    }

    /// Whether the last steps of the training had the generator's last layer in 4 bits.
    pub(crate) fn is_of_four_bits(&self) -> bool {
        let had = |Provenance { epochs, recipe, .. }: &Provenance| *epochs > 0 && recipe.has_four_bits(epochs - 1);
        self.provenance.as_ref().is_some_and(had)
    }

    pub(crate) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

impl Default for Metadata {
    /// The metadata of weights about which nothing is known.
    fn default() -> Self {
        Self::new(None)
    }
}

/// SHA-256 of the images that `model` was trained on; `None` if its metadata do not state it.
pub(crate) fn trained_on(model: &Model<'_>) -> Option<[u8; 32]> {
    // Not parsed as a whole: options of another version do not matter here.
    let metadata: Value = serde_json::from_slice(model.metadata()).ok()?;
    parse_hex(metadata.get("provenance")?.get("data_sha256")?.as_str()?)
}

/// How the images that `model` was trained on were prepared; by default if its metadata do not state it.
pub(crate) fn prepared_by(model: &Model<'_>) -> Preparation {
    let metadata = serde_json::from_slice(model.metadata()).unwrap_or(Value::Null);
    let of = |option: &str| metadata["provenance"]["recipe"][option].clone();
    Preparation {
        fit: serde_json::from_value(of("fit")).unwrap_or_default(),
        invert: serde_json::from_value(of("invert")).unwrap_or_default(),
        augment: serde_json::from_value(of("augment")).unwrap_or_default(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// With numbers that a decimal detour could change.
    pub(crate) fn metadata() -> Metadata {
        let learning_rate_g = std::f32::consts::PI * 1e-4;
        let options = Recipe { seed: u64::MAX, ema: 0.999_9, lr_decay: true, ..Recipe::PLAIN };
        let recipe = Recipe { learning_rate_g, gradient_penalty: 10.0, ..options };
        let data_sha256 = std::array::from_fn(|i| i as u8 * 8);
        Metadata::new(Some(Provenance { epochs: 300, steps: 70_500, data_sha256, recipe }))
    }

    fn parse(json: &str) -> Metadata {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn metadata_survive_json_to_the_bit() {
        let json = String::from_utf8(metadata().to_json().unwrap()).unwrap();
        assert_eq!(parse(&json), metadata());
        assert!(json.contains("\"learning_rate_d\":0.0002,") && json.contains("\"data_sha256\":\"00081018"), "{json}");
    }

    #[test]
    fn unknown_keys_are_ignored_and_missing_options_take_their_default() {
        let json = String::from_utf8(metadata().to_json().unwrap()).unwrap();
        let newer = json
            .replacen('{', r#"{"quality":{"frechet_distance":2.7},"#, 1)
            .replace(r#""seed""#, r#""new":[1],"seed""#);
        assert_eq!(parse(&newer), metadata());
        let older = parse(&json.replace(r#""real_label":0.9,"#, ""));
        assert_eq!(older.provenance.unwrap().recipe.real_label, 0.9);
        assert_eq!(parse(r#"{"program":"0.1.0"}"#).provenance, None);
    }
}
