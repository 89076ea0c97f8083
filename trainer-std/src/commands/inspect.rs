//! `pocketgan inspect`: describes a model file.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use pocketgan_core::infer::model::format::version_with;
use pocketgan_core::infer::model::{LayerHeader, Model};
use serde_json::Value;

use crate::export::digit_table::seeds_of_digits;
use crate::export::model_file::ModelFile;
use crate::output::printable::printable;
use crate::output::terminal;

/// Print what a model file says of itself, and the size of each part.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan inspect runs/0001/model-int8.pgan")]
pub(crate) struct InspectArguments {
    /// The model file
    pub(crate) model: PathBuf,
}

pub(crate) fn inspect(arguments: &InspectArguments) -> Result<()> {
    let file = ModelFile::read(&arguments.model)?;
    let model = file.model().with_context(|| format!("{} is not a valid model", arguments.model.display()))?;
    terminal::print(describe(&model, file.bytes().len())?)
}

fn describe(model: &Model<'_>, len: usize) -> Result<String> {
    let header = model.header();
    let mut text = String::new();
    writeln!(text, "kind            {}", model.kind())?;
    let digits = model.digits();
    writeln!(text, "file            {len} bytes, format {}, CRC-32 {:08x}", version_with(&digits), model.checksum())?;
    let classes = if digits.is_named() { "class seeds" } else { "digit seeds" };
    writeln!(text, "{classes}     {}", seeds_of_digits(&digits))?;
    writeln!(text, "layers")?;
    for (index, layer) in header.layers.iter().enumerate() {
        writeln!(text, "  {index}: {}", describe_layer(layer))?;
    }
    describe_sections(&mut text, model, len)?;
    text += &describe_metadata(model.metadata());
    Ok(text)
}

/// The metadata as one line for each value, whatever their keys: what a newer version has added is shown as well.
fn describe_metadata(metadata: &[u8]) -> String {
    let mut text = format!("metadata        {} bytes\n", metadata.len());
    match serde_json::from_slice(metadata) {
        _ if metadata.is_empty() => {}
        Ok(value) => append_values(&mut text, "", &value),
        Err(error) => text += &format!("  not JSON: {error}\n"),
    }
    text
}

/// Appends `value`, the members of an object each on a line of their own.
fn append_values(text: &mut String, key: &str, value: &Value) {
    let Value::Object(members) = value else {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        *text += &format!("  {:<36} {}\n", printable(key), printable(&value));
        return;
    };
    for (name, member) in members {
        let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
        append_values(text, &key, member);
    }
}

fn describe_layer(layer: &LayerHeader) -> String {
    let shape = format!("{} -> {}, {:?}", layer.inputs, layer.outputs, layer.activation);
    match layer.quantisation {
        None => shape,
        Some(of) => format!(
            "{shape}, {}, shifts {} and {}, zero point {}",
            of.precision, of.pre_shift, of.post_shift, of.zero_point
        ),
    }
}

fn describe_sections(text: &mut String, model: &Model<'_>, len: usize) -> Result<()> {
    writeln!(text, "sections")?;
    let mut weights = 0;
    for (section, at) in model.sections() {
        writeln!(text, "  layer {} {:<12} {:>7} bytes at {at}", section.layer, section.kind.to_string(), section.len)?;
        weights += section.len;
    }
    let rest = len - weights - model.metadata().len();
    writeln!(text, "  header, digit seeds, padding and checksum {rest} bytes")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::metadata::tests::metadata;

    #[test]
    fn every_value_of_the_metadata_is_shown_known_or_not() {
        let mut value = serde_json::to_value(metadata()).unwrap();
        value["quality"] = serde_json::json!({ "frechet_distance": 2.5, "digits": [1, "x"] });
        let text = describe_metadata(value.to_string().as_bytes());
        let lines: Vec<String> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        for line in [
            "program 0.1.0",
            "provenance.epochs 300",
            "provenance.recipe.gradient_penalty 10.0",
            "provenance.recipe.seed 18446744073709551615",
            "quality.frechet_distance 2.5",
            r#"quality.digits [1,"x"]"#,
        ] {
            assert!(lines.iter().any(|shown| shown == line), "{line}: {text}");
        }
    }

    #[test]
    fn metadata_that_are_not_json_are_reported() {
        for metadata in [&b"{"[..], b"\xff\xfe", &[b'['; 100_000]] {
            let text = describe_metadata(metadata);
            assert!(text.contains(&format!("{} bytes\n  not JSON: ", metadata.len())), "{text}");
        }
        assert_eq!(describe_metadata(b""), "metadata        0 bytes\n");
    }

    #[test]
    fn hostile_text_is_escaped_and_cut() {
        let long = "x".repeat(100_000);
        let hostile = serde_json::json!({ "a\u{1b}[2J\n": "\u{9b}31m\u{202e}\r", "long": long, "quoted": "it's" });
        let text = describe_metadata(hostile.to_string().as_bytes());
        assert!(text.chars().all(|c| c == '\n' || (' '..='~').contains(&c)), "{text:?}");
        assert!(text.lines().count() == 4 && text.len() < 1000, "{text:?}");
        assert!(text.contains(r"a\u{1b}[2J\n") && text.contains("it's"), "{text:?}");
    }
}
